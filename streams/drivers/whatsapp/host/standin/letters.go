package standin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/libsignal/keys/prekey"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// keeps is how much the server keeps for a device that does not acknowledge it.
const keeps = 10_000

// Letter is what a person writes to a device; Media (image, document, audio, video) comes without its file.
type Letter struct {
	Text    string
	ReplyTo string
	Group   string
	Media   string
	// Status: shown to all who know them, and written to nobody.
	Status bool
}

var errAway = errors.New("no such device has logged in, or it has not uploaded its keys yet")

// Write lets a person write to a device, which gets it when it is there, until it acknowledges it.
func (s *Server) Write(number string, to types.JID, letter Letter) error {
	if !s.canBeWrittenTo(to) {
		return errAway
	}
	enc, err := s.person(number).write(s.ctx, lidOf(to), func() *prekey.Bundle { return s.bundleOf(to) }, letter.message())
	if err != nil {
		return err
	}
	from := types.NewJID(number, types.DefaultUserServer)
	attrs := waBinary.Attrs{
		"id": letterID(), "from": lidOf(from), "sender_pn": from, "t": time.Now().Unix(), "type": "text",
		"addressing_mode": "lid", "notify": "a person",
	}
	if chat := letter.chat(); !chat.IsEmpty() {
		delete(attrs, "sender_pn")
		attrs["from"], attrs["participant"], attrs["participant_pn"] = chat, lidOf(from), from
	}
	s.tell(to, waBinary.Node{Tag: "message", Attrs: attrs, Content: []waBinary.Node{*enc}})
	return nil
}

func (s *Server) canBeWrittenTo(to types.JID) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	known := s.devices[to]
	return known != nil && known.identity != nil
}

// bundleOf gives what a device has uploaded, for somebody who writes to it first; a one-time key is used up.
func (s *Server) bundleOf(to types.JID) *prekey.Bundle {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.devices[to].bundle(uint32(to.Device))
}

// chat is where it is written, if not to the device alone.
func (l Letter) chat() types.JID {
	switch {
	case l.Status:
		return types.StatusBroadcastJID
	case l.Group != "":
		return types.NewJID(l.Group, types.GroupServer)
	default:
		return types.EmptyJID
	}
}

// letterID is one that no other stand-in has given, as phones do.
func letterID() string {
	var drawn [9]byte
	_, _ = rand.Read(drawn[:])
	return fmt.Sprintf("3A%X", drawn)
}

func (l Letter) message() *waE2E.Message {
	var about *waE2E.ContextInfo
	if l.ReplyTo != "" {
		about = &waE2E.ContextInfo{StanzaID: &l.ReplyTo}
	}
	switch l.Media {
	case "image":
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{Caption: &l.Text, ContextInfo: about}}
	case "video":
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{Caption: &l.Text, ContextInfo: about}}
	case "audio":
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{ContextInfo: about}}
	case "document":
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{Caption: &l.Text, ContextInfo: about}}
	}
	if about == nil {
		return &waE2E.Message{Conversation: &l.Text}
	}
	return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &l.Text, ContextInfo: about}}
}

// tell gives a device a message or a receipt, and gives it again whenever it logs in, until it acknowledges it.
func (s *Server) tell(to types.JID, node waBinary.Node) {
	s.lock.Lock()
	receiver, known := s.clients[to], s.devices[to]
	if known != nil {
		known.untold = append(known.untold, node)
		known.untold = known.untold[max(0, len(known.untold)-keeps):]
	}
	s.lock.Unlock()
	if receiver != nil {
		receiver.put(node)
	}
}

// tellAgain gives a device that logs in what it has not acknowledged.
func (c *client) tellAgain() {
	c.server.lock.Lock()
	untold := slices.Clone(c.server.devices[c.jid].untold)
	c.server.lock.Unlock()
	for _, node := range untold {
		c.put(node)
	}
}

// hearAcknowledgement forgets what the device has got. It says so of a message by a receipt of its own.
func (c *client) hearAcknowledgement(node *waBinary.Node) {
	attrs := node.AttrGetter()
	class, kind := attrs.OptionalString("class"), attrs.OptionalString("type")
	if node.Tag == "receipt" {
		if kind == "retry" {
			return
		}
		class, kind = "message", ""
	}
	c.server.lock.Lock()
	defer c.server.lock.Unlock()
	known := c.server.devices[c.jid]
	if known == nil {
		return
	}
	for place, each := range known.untold {
		if isOf(each, class, attrs.OptionalString("id"), kind) {
			known.untold = append(known.untold[:place:place], known.untold[place+1:]...)
			return
		}
	}
}

func isOf(node waBinary.Node, class, id, kind string) bool {
	attrs := node.AttrGetter()
	if node.Tag != class || attrs.OptionalString("id") != id {
		return false
	}
	return class == "message" || attrs.OptionalString("type") == kind
}

// Untold counts what devices have not acknowledged.
func (s *Server) Untold() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	count := 0
	for _, each := range s.devices {
		count += len(each.untold)
	}
	return count
}
