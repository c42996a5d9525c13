package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"

	"mendline/whatsapp/wire"
)

// buffer is where a link's messages are decrypted. What fails there because the tables do not answer is told to
// whatsmeow as an end of its context: anything else it would ask of the sender again, and acknowledge.
type buffer struct {
	store.EventBuffer
	away func(error)
}

func (l *link) buffered(device *store.Device) {
	if device.EventBuffer != nil {
		device.EventBuffer = buffer{device.EventBuffer, func(err error) {
			l.drop(ending{why: wire.LinkDatabaseAway, detail: plain(err)})
		}}
	}
}

func (b buffer) unanswered(err error) error {
	b.away(err)
	return fmt.Errorf("%w: %w", context.Canceled, err)
}

func (b buffer) GetBufferedEvent(ctx context.Context, hash [32]byte) (*store.BufferedEvent, error) {
	found, err := b.EventBuffer.GetBufferedEvent(ctx, hash)
	if err != nil {
		return nil, b.unanswered(err)
	}
	return found, nil
}

func (b buffer) PutBufferedEvent(ctx context.Context, hash [32]byte, plaintext []byte, at time.Time) error {
	err := b.EventBuffer.PutBufferedEvent(ctx, hash, plaintext, at)
	judge(ctx, err)
	return err
}

// DoDecryptionTxn tells a message that cannot be decrypted from tables that do not answer.
func (b buffer) DoDecryptionTxn(ctx context.Context, decrypt func(context.Context) error) error {
	silent, decrypted := false, error(nil)
	err := b.EventBuffer.DoDecryptionTxn(strictly(ctx, func() { silent = true }), func(inner context.Context) error {
		decrypted = decrypt(inner)
		return decrypted
	})
	// A row that is damaged would bring every link down.
	if err != nil && (silent || decrypted == nil) && !errors.Is(err, sqlstore.ErrInvalidLength) {
		return b.unanswered(err)
	}
	return err
}
