package standin

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// client is one connection of a linked device, or of one that wants to be paired.
type client struct {
	server *Server
	about  Entry
	// pairing: it is no link, but made for a pairing, or for the end of one.
	pairing bool
	frames  *frames
	ctx     context.Context
	cut     context.CancelFunc
	conn    *websocket.Conn

	jid     types.JID
	visitor *visitor
	mute    atomic.Bool
	ended   sync.Once
	ids     atomic.Int64
	code    codePairing
}

func (s *Server) newClient(headers http.Header) *client {
	session, _ := strconv.ParseInt(headers.Get("Mendline-Session"), 10, 64)
	about := Entry{Worker: headers.Get("Mendline-Worker"), Session: session, DeviceID: headers.Get("Mendline-Device")}
	pairing := headers.Get("Mendline-Pairing")
	if link, err := strconv.ParseInt(headers.Get("Mendline-Link")+pairing, 10, 64); err == nil {
		about.Link = &link
	}
	return &client{server: s, about: about, pairing: pairing != ""}
}

// name is what a script calls the device: its worker's name of it, else its number.
func (c *client) name() string {
	if c.about.DeviceID != "" {
		return c.about.DeviceID
	}
	return c.jid.User
}

func (c *client) note(what string) {
	if c.pairing {
		what = ofPairing(what)
	}
	if what == "" {
		return
	}
	entry := c.about
	entry.What = what
	c.server.ledger.add(entry)
}

// ofPairing gives what the ledger calls a moment of a pairing's connection: it is nobody's link.
func ofPairing(what string) string {
	switch what {
	case "connecting":
		return "pairing"
	case "connected", "overlapped":
		return ""
	case "paired", "unpaired":
		return what
	default:
		return "pairing_ended"
	}
}

// end notes how the connection ended; only the first end counts.
func (c *client) end(what string) {
	c.ended.Do(func() {
		c.note(what)
		c.server.forget(c)
	})
}

func (c *client) serve(ctx context.Context, conn *websocket.Conn, played *play) {
	c.ctx, c.cut = context.WithCancel(ctx)
	defer c.cut()
	c.conn, c.frames = conn, &frames{conn: conn}
	defer conn.CloseNow()
	who, err := c.server.handshake(c.ctx, c.frames, played)
	if err != nil {
		c.end("unreachable")
		return
	}
	c.visitor = who
	if who.payload.GetUsername() == 0 {
		c.beginPairing()
	} else if !c.login(played) {
		return
	}
	c.end(ending(c.listen()))
}

// ending tells a goodbye from a connection that just ended.
func ending(err error) string {
	var said websocket.CloseError
	if errors.As(err, &said) && said.Code == websocket.StatusNormalClosure {
		return "closed"
	}
	return "abandoned"
}

func (c *client) listen() error {
	for {
		node, err := c.frames.nextNode(c.ctx)
		if err != nil {
			return err
		}
		if !c.mute.Load() {
			c.hear(node)
		}
	}
}

func (c *client) hear(node *waBinary.Node) {
	switch node.Tag {
	case "iq":
		c.hearQuery(node)
	case "message":
		c.hearMessage(node)
	case "chatstate":
		c.hearTyping(node)
	case "receipt", "ack":
		c.hearAcknowledgement(node)
	}
}

func (c *client) put(node waBinary.Node) {
	if !c.mute.Load() {
		_ = c.frames.putNode(c.ctx, node)
	}
}

func (c *client) newID() string { return "standin-" + strconv.FormatInt(c.ids.Add(1), 10) }

// sever ends the connection from this side.
func (c *client) sever(what string) {
	c.end(what)
	_ = c.conn.CloseNow()
	c.cut()
}

// login answers a device that says it is paired; false where that was the end.
func (c *client) login(played *play) bool {
	payload := c.visitor.payload
	c.jid = types.JID{
		User: strconv.FormatUint(payload.GetUsername(), 10), Device: uint16(payload.GetDevice()),
		Server: types.DefaultUserServer,
	}
	if !c.server.knows(c.jid, c.visitor.noiseKey) {
		c.refuse(&action{argument: "401"})
		return false
	}
	if failure := played.find("failure"); failure != nil {
		c.refuse(failure)
		return false
	}
	if played.does("cut-login") {
		c.sever("unreachable")
		return false
	}
	if played.does("silent") {
		c.mute.Store(true)
		_ = c.listen()
		c.end("unreachable")
		return false
	}
	c.succeed()
	c.playOn(played)
	return true
}

func (c *client) succeed() {
	c.server.enter(c)
	c.note("connected")
	c.put(waBinary.Node{Tag: "success", Attrs: waBinary.Attrs{
		"t": time.Now().Unix(), "lid": lidOf(c.jid), "location": "stand-in",
	}})
	c.tellAgain()
}

var failures = map[string]string{"401": "needs_pairing", "403": "needs_pairing", "406": "banned", "402": "banned"}

func (c *client) refuse(said *action) {
	attrs := waBinary.Attrs{"reason": said.argument, "location": "stand-in"}
	for _, option := range []string{"code", "expire", "message"} {
		if value := said.options[option]; value != "" {
			attrs[option] = value
		}
	}
	c.put(waBinary.Node{Tag: "failure", Attrs: attrs})
	what, known := failures[said.argument]
	if !known {
		what = "unreachable"
	}
	c.end(what)
	c.mute.Store(true)
	time.AfterFunc(goodbyeTime, func() { c.sever(what) })
	_ = c.listen()
}

// goodbyeTime is how long a client has to hear the last word and go: whatsmeow forgets what it has not handled yet
// when its connection ends.
const goodbyeTime = time.Second

// playOn does what a script says of a link that is up.
func (c *client) playOn(played *play) {
	for place := range played.actions {
		each := played.actions[place]
		time.AfterFunc(time.Duration(each.number("after"))*time.Millisecond, func() { c.strike(&each) })
	}
}

// strike does something to a link that is up.
func (c *client) strike(what *action) {
	switch what.name {
	case "cut":
		c.sever("dropped")
	case "mute":
		c.mute.Store(true)
	case "stream-error":
		c.streamError(waBinary.Attrs{"code": what.argument}, nil, "dropped")
	case "restart":
		c.streamError(waBinary.Attrs{"code": "515"}, nil, "dropped")
	case "replaced":
		c.streamError(nil, []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": "replaced"}}}, "replaced")
	case "removed":
		c.server.remove(c.jid)
		removed := []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": "device_removed"}}}
		c.streamError(waBinary.Attrs{"code": "401"}, removed, "needs_pairing")
	}
}

func (c *client) streamError(attrs waBinary.Attrs, content []waBinary.Node, what string) {
	node := waBinary.Node{Tag: "stream:error", Attrs: attrs}
	if content != nil {
		node.Content = content
	}
	c.put(node)
	c.end(what)
	c.mute.Store(true)
	select {
	case <-c.ctx.Done():
	case <-time.After(goodbyeTime):
	}
	c.sever(what)
}

// enter makes this the device's connection; an older one is told that it was replaced.
func (s *Server) enter(c *client) {
	s.lock.Lock()
	older := s.clients[c.jid]
	s.clients[c.jid] = c
	s.lock.Unlock()
	if older != nil {
		c.note("overlapped")
		go older.strike(&action{name: "replaced"})
	}
}

func (s *Server) forget(c *client) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.clients[c.jid] == c {
		delete(s.clients, c.jid)
	}
	for ref, each := range s.pairing {
		if each == c {
			delete(s.pairing, ref)
		}
	}
}

// knows checks a device's key; the first one that comes with a number is believed.
func (s *Server) knows(jid types.JID, noiseKey [32]byte) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	known := s.devices[jid]
	if known == nil {
		s.devices[jid] = &device{noiseKey: noiseKey}
		return true
	}
	return !known.removed && known.noiseKey == noiseKey
}

func (s *Server) remove(jid types.JID) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if known := s.devices[jid]; known != nil {
		known.removed = true
	}
}

// lidOf gives a number's LID: 9 and the number.
func lidOf(jid types.JID) types.JID {
	return types.JID{User: lidPrefix + jid.User, Device: jid.Device, Server: types.HiddenUserServer}
}

// numberOf gives the number behind a JID, which may be a LID.
func numberOf(jid types.JID) string {
	if jid.Server == types.HiddenUserServer {
		return jid.User[len(lidPrefix):]
	}
	return jid.User
}

const lidPrefix = "9"
