package standin

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/socket"
)

const longestFrame = 1 << 24

// frames reads and writes frames of a 3-byte length and so many bytes, in binary WebSocket messages.
type frames struct {
	conn *websocket.Conn
	rest []byte

	writing    sync.Mutex
	toClient   cipher.AEAD
	written    uint32
	fromClient cipher.AEAD
	read       uint32
}

var errNoHeader = errors.New("the connection does not begin with WhatsApp's header")

// header takes the bytes that come once, before the first frame.
func (f *frames) header(ctx context.Context) error {
	if err := f.fill(ctx, len(socket.WAConnHeader)); err != nil {
		return err
	}
	for place, expected := range socket.WAConnHeader {
		if f.rest[place] != expected {
			return errNoHeader
		}
	}
	f.rest = f.rest[len(socket.WAConnHeader):]
	return nil
}

func (f *frames) next(ctx context.Context) ([]byte, error) {
	if err := f.fill(ctx, socket.FrameLengthSize); err != nil {
		return nil, err
	}
	size := int(f.rest[0])<<16 | int(f.rest[1])<<8 | int(f.rest[2])
	if err := f.fill(ctx, socket.FrameLengthSize+size); err != nil {
		return nil, err
	}
	frame := f.rest[socket.FrameLengthSize : socket.FrameLengthSize+size]
	f.rest = f.rest[socket.FrameLengthSize+size:]
	return frame, nil
}

func (f *frames) fill(ctx context.Context, size int) error {
	for len(f.rest) < size {
		_, bytes, err := f.conn.Read(ctx)
		if err != nil {
			return err
		}
		f.rest = append(f.rest[:len(f.rest):len(f.rest)], bytes...)
	}
	return nil
}

func (f *frames) put(ctx context.Context, frame []byte) error {
	whole := binary.BigEndian.AppendUint32(nil, uint32(len(frame)))[1:]
	return f.conn.Write(ctx, websocket.MessageBinary, append(whole, frame...))
}

// nextNode reads what a client says once the handshake is done.
func (f *frames) nextNode(ctx context.Context) (*waBinary.Node, error) {
	frame, err := f.next(ctx)
	if err != nil {
		return nil, err
	}
	plain, err := f.fromClient.Open(nil, nonce(f.read), frame, nil)
	if err != nil {
		return nil, err
	}
	f.read++
	unpacked, err := waBinary.Unpack(plain)
	if err != nil {
		return nil, err
	}
	return waBinary.Unmarshal(unpacked)
}

func (f *frames) putNode(ctx context.Context, node waBinary.Node) error {
	plain, err := waBinary.Marshal(node)
	if err != nil {
		return err
	}
	f.writing.Lock()
	defer f.writing.Unlock()
	sealed := f.toClient.Seal(nil, nonce(f.written), plain, nil)
	f.written++
	return f.put(ctx, sealed)
}
