package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/types"

	"mendline/whatsapp/wire"
)

// preparingTime is how long everything before a message's frame may take.
const preparingTime = 30 * time.Second

const (
	idPrefix = "3EB0"
	idBytes  = 9
)

// whatsappID makes WhatsApp's id of ours: the form that WhatsApp Web gives its own messages.
func whatsappID(messageID string) string {
	sum := sha256.Sum256([]byte(messageID))
	return fmt.Sprintf("%s%X", idPrefix, sum[:idBytes])
}

func (h *Host) send(ask *wire.Send) {
	l := h.take(ask.DeviceID, ask.Link, false)
	if l == nil {
		h.say(unsent(ask, wire.SendNotConnected, nil))
		return
	}
	defer l.asked.Done()
	h.say(l.trySend(ask))
}

// trySend sends one message after the other; what has not begun when the link ends has not been written.
func (l *link) trySend(ask *wire.Send) (answer wire.Message) {
	written := false
	defer func() {
		if panicked := recover(); panicked != nil {
			answer = crashedSend(ask, panicked, written)
		}
	}()
	l.sending.Lock()
	defer l.sending.Unlock()
	if !l.isUp() {
		return unsent(ask, wire.SendNotConnected, nil)
	}
	to, understood := recipientOf(ask.To)
	if !understood {
		return unsent(ask, wire.SendBadRecipient, errors.New("it is neither a number in international form nor a JID"))
	}
	preparing, stop := context.WithTimeout(l.ctx, preparingTime)
	defer stop()
	message, devices, failed := l.prepare(preparing, ask, to)
	if failed != nil {
		return l.orCut(failed)
	}
	chat, pause := chatOf(to, devices), typingTime(ask.Text, l.host.typing)
	if !l.startTyping(preparing, chat, pause) {
		return l.orCut(unsent(ask, wire.SendNotConnected, nil))
	}
	defer l.stopTyping(chat, pause)
	written = true
	return l.write(ask, to, devices, message)
}

func crashedSend(ask *wire.Send, panicked any, written bool) *wire.NotSent {
	failed := unsent(ask, wire.SendCrashed, fmt.Errorf("%v", panicked))
	failed.Written = written
	return failed
}

// prepare makes the message, and finds the devices that are to read it; nothing of it is written yet.
func (l *link) prepare(
	ctx context.Context, ask *wire.Send, to types.JID,
) (message *waE2E.Message, devices []types.JID, failed *wire.NotSent) {
	if message, failed = l.bodyOf(ctx, ask); failed == nil {
		devices, failed = l.ready(ctx, ask, to)
	}
	return message, devices, failed
}

func (l *link) isUp() bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.up && l.client.IsConnected()
}

// orCut puts the link's end first: it is why preparing failed.
func (l *link) orCut(failed *wire.NotSent) *wire.NotSent {
	if !l.isUp() {
		failed.Why, failed.Detail = wire.SendNotConnected, "the link ended before anything was written"
	}
	return failed
}

func (l *link) write(ask *wire.Send, to types.JID, devices []types.JID, message *waE2E.Message) wire.Message {
	timeout := milliseconds(ask.TimeoutMS)
	ctx, stop := context.WithTimeout(l.ctx, preparingTime+timeout)
	defer stop()
	response, err := l.client.SendMessage(strictly(ctx, stop), to, message, whatsmeow.SendRequestExtra{
		ID: whatsappID(ask.MessageID), Timeout: timeout, AdditionalNodes: l.host.standIn.nodes(ask),
	})
	if err != nil {
		return l.unacknowledged(ask, &response, err)
	}
	// It has been acknowledged, whatever became of its link since; what cannot be asked is not known to be missing.
	after, done := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
	defer done()
	if len(devices) > 0 && !l.anySession(after, devices) && after.Err() == nil {
		failed := unsent(ask, wire.SendNotEncrypted, nil)
		failed.Written = true
		return failed
	}
	return wire.Sent{ID: ask.ID, WhatsappID: response.ID, Chat: response.Chat.String()}
}

// unacknowledged says why, and whether the frame may have left.
func (l *link) unacknowledged(ask *wire.Send, response *whatsmeow.SendResponse, err error) *wire.NotSent {
	failed := unsent(ask, wire.SendCut, err)
	var disconnected *whatsmeow.DisconnectedError
	unsendable := errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, socket.ErrSocketClosed)
	failed.Written = response.DebugTimings.Send != 0 && !unsendable
	switch {
	case errors.Is(err, whatsmeow.ErrServerReturnedError):
		failed.Why, failed.Code = wire.SendRefused, codeIn(err)
	case errors.Is(err, whatsmeow.ErrMessageTimedOut):
		failed.Why = wire.SendNoAck
	case unsendable:
		failed.Why = wire.SendNotConnected
	case errors.As(err, &disconnected):
		failed.Why = wire.SendCut
	case !failed.Written:
		failed.Why = unwritten(err)
		return l.orCut(failed)
	case errors.Is(err, context.DeadlineExceeded):
		failed.Why = wire.SendNoAck
	}
	return failed
}

// codeIn finds the server's code, which stands only in the error's text.
func codeIn(err error) int64 {
	words := strings.Fields(err.Error())
	code, _ := strconv.ParseInt(words[len(words)-1], 10, 64)
	return code
}

func unwritten(err error) string {
	var iq *whatsmeow.IQError
	if errors.As(err, &iq) || errors.Is(err, whatsmeow.ErrIQTimedOut) {
		return wire.SendLookupFailed
	}
	return wire.SendDatabaseAway
}

func unsent(ask *wire.Send, why string, err error) *wire.NotSent {
	failed := &wire.NotSent{ID: ask.ID, Why: why}
	if err != nil {
		failed.Detail = plain(err)
	}
	return failed
}
