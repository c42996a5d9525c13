package standin

import (
	"slices"
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// remembers is how many messages can be asked for; the ledger has all.
const remembers = 10_000

// sending is a message on its way through the server.
type sending struct {
	node  *waBinary.Node
	id    string
	to    types.JID
	about Entry
}

// hearMessage delivers what a device sends, and acknowledges it, as far as the script lets it.
func (c *client) hearMessage(node *waBinary.Node) {
	attrs := node.AttrGetter()
	sent := &sending{node: node, id: attrs.String("id"), to: attrs.JID("to"), about: c.about}
	if attrs.OptionalString("category") == "peer" || !sent.tell() {
		c.acknowledge(sent, "")
		return
	}
	played := c.server.script.at("message", c.name(), numberOf(sent.to))
	if said := played.find("ack"); said != nil {
		c.noteSent(sent, "rejected")
		c.acknowledge(sent, said.options["error"])
		return
	}
	if said := played.find("lose"); said != nil {
		c.noteSent(sent, "lost")
		c.sever("dropped")
		return
	}
	c.deliver(sent, played)
}

// tell finds out what a host in stand-in mode says of its message; what it says nothing of, whatsmeow sends by
// itself to a recipient who could not read it and asked again.
func (s *sending) tell() bool {
	about := s.node.GetChildByTag("mendline")
	id := about.AttrGetter().OptionalString("id")
	attempt, _ := strconv.ParseInt(about.AttrGetter().OptionalString("attempt"), 10, 64)
	s.about.MessageID, s.about.Attempt = &id, &attempt
	return id != ""
}

func (c *client) noteSent(sent *sending, what string) {
	entry := sent.about
	entry.What = what
	c.server.ledger.add(entry)
}

func (c *client) acknowledge(sent *sending, code string) {
	attrs := waBinary.Attrs{"class": "message", "id": sent.id, "from": sent.to, "t": time.Now().Unix()}
	if code != "" {
		attrs["error"] = code
	}
	c.put(waBinary.Node{Tag: "ack", Attrs: attrs})
}

// deliver lets people read it, notes how often it left, and answers.
func (c *client) deliver(sent *sending, played *play) {
	key := c.jid.String() + " " + numberOf(sent.to) + " " + sent.id
	if c.server.hasArrived(key) && c.server.script.dropsRepeats() {
		c.noteSent(sent, "repeat_dropped")
		c.acknowledge(sent, "")
		return
	}
	message, err := c.readable(sent)
	if err != nil {
		c.noteSent(sent, "lost")
		c.acknowledge(sent, "")
		return
	}
	c.server.arrive(key, c.received(sent, message))
	switch {
	case played.does("no-ack"):
		c.noteSent(sent, "sent_answer_lost")
		c.goOn(sent, played)
	case played.does("cut"):
		c.noteSent(sent, "sent_answer_lost")
		c.sever("dropped")
	default:
		c.noteSent(sent, "sent")
		c.answer(sent, played)
		if cut := played.find("ack-cut"); cut != nil {
			time.AfterFunc(time.Duration(cut.number("after"))*time.Millisecond, func() { c.sever("dropped") })
		}
	}
}

func (c *client) answer(sent *sending, played *play) {
	c.goOn(sent, played)
	c.acknowledge(sent, "")
}

// goOn begins what comes after a message was delivered.
func (c *client) goOn(sent *sending, played *play) {
	for place := range played.actions {
		each := played.actions[place]
		switch each.name {
		case "receipts", "retry", "reply":
			time.AfterFunc(time.Duration(each.number("after"))*time.Millisecond, func() { c.follow(sent, &each) })
		}
	}
}

// follow does one thing of that.
func (c *client) follow(sent *sending, what *action) {
	switch what.name {
	case "receipts":
		c.receipt(sent, "")
		c.receipt(sent, "read")
	case "retry":
		c.receipt(sent, "retry")
	case "reply":
		_ = c.server.Write(numberOf(sent.to), c.jid, Letter{Text: what.options["text"], ReplyTo: sent.id})
	}
}

func (c *client) receipt(sent *sending, kind string) {
	attrs := waBinary.Attrs{"id": sent.id, "from": sent.to, "t": time.Now().Unix()}
	if kind != "" {
		attrs["type"] = kind
	}
	if sent.to.Server == types.GroupServer {
		attrs["participant"] = lidOf(types.NewJID(c.server.membersOf(sent.to.User)[0], types.DefaultUserServer))
	}
	c.server.tell(c.jid, waBinary.Node{Tag: "receipt", Attrs: attrs})
}

// readable decrypts a message as its recipient does; in a group, as all its members do.
func (c *client) readable(sent *sending) (*waE2E.Message, error) {
	if sent.to.Server == types.GroupServer {
		return c.readableByGroup(sent)
	}
	for jid, enc := range encrypted(sent.node) {
		if numberOf(jid) == numberOf(sent.to) {
			return c.server.person(numberOf(jid)).read(c.ctx, lidOf(c.jid), enc)
		}
	}
	return nil, errUnreadable
}

// encrypted gives what a message has for each device.
func encrypted(node *waBinary.Node) map[types.JID]*waBinary.Node {
	found := map[types.JID]*waBinary.Node{}
	participants := node.GetChildByTag("participants")
	for _, each := range participants.GetChildren() {
		if enc, has := each.GetOptionalChildByTag("enc"); has {
			found[each.AttrGetter().JID("jid")] = &enc
		}
	}
	return found
}

func (c *client) readableByGroup(sent *sending) (*waE2E.Message, error) {
	for jid, enc := range encrypted(sent.node) {
		person := c.server.person(numberOf(jid))
		if message, err := person.read(c.ctx, lidOf(c.jid), enc); err == nil {
			if key := message.GetSenderKeyDistributionMessage(); key != nil {
				_ = person.learn(c.ctx, lidOf(c.jid), key)
			}
		}
	}
	sealed, _ := sent.node.GetChildByTag("enc").Content.([]byte)
	var message *waE2E.Message
	for _, number := range c.server.membersOf(sent.to.User) {
		read, err := c.server.person(number).readGroup(c.ctx, lidOf(c.jid), sent.to, sealed)
		if err != nil {
			return nil, err
		}
		message = read
	}
	return message, nil
}

func (c *client) received(sent *sending, message *waE2E.Message) Received {
	read := Received{From: c.jid.User, To: numberOf(sent.to), WhatsappID: sent.id}
	switch {
	case message.GetImageMessage() != nil:
		read.Media, read.Caption = "image", message.GetImageMessage().GetCaption()
	case message.GetVideoMessage() != nil:
		read.Media, read.Caption = "video", message.GetVideoMessage().GetCaption()
	case message.GetAudioMessage() != nil:
		read.Media = "audio"
	case message.GetDocumentMessage() != nil:
		read.Media, read.Caption = "document", message.GetDocumentMessage().GetCaption()
	default:
		read.Text = message.GetConversation() + message.GetExtendedTextMessage().GetText()
	}
	return read
}

// hearTyping keeps what a device shows of who types.
func (c *client) hearTyping(node *waBinary.Node) {
	for _, state := range node.GetChildren() {
		c.server.keepTyped(Typed{From: c.jid.User, To: numberOf(node.AttrGetter().JID("to")), State: state.Tag})
	}
}

func (s *Server) keepTyped(typed Typed) {
	s.lock.Lock()
	defer s.lock.Unlock()
	typed.Messages = len(s.received)
	s.typed = append(s.typed, typed)
	if len(s.typed) > 2*remembers {
		s.typed = slices.Clone(s.typed[remembers:])
	}
}

func (s *Server) hasArrived(key string) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.arrived[key]
}

func (s *Server) arrive(key string, message Received) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.arrived[key] = true
	s.received = append(s.received, message)
	if len(s.received) > 2*remembers {
		s.received = slices.Clone(s.received[remembers:])
	}
}
