package session

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types/events"

	"mendline/whatsapp/wire"
)

// link is one connection of one device: it comes up at most once, ends once, and is then never used again.
type link struct {
	host    *Host
	device  string
	number  int64
	ctx     context.Context
	cancel  context.CancelFunc
	arrived chan struct{}
	ended   chan struct{}
	gone    chan struct{}
	pairing bool
	// leaving: it only logs its session out.
	leaving bool

	lock    sync.Mutex
	client  *whatsmeow.Client
	up      bool
	over    bool
	ending  ending
	asked   sync.WaitGroup
	sending sync.Mutex
	paired  chan pairing

	isShaken atomic.Bool
}

func (h *Host) newLink(device string, number int64) *link {
	ctx, cancel := context.WithCancel(context.Background())
	return &link{
		host: h, device: device, number: number, ctx: ctx, cancel: cancel,
		arrived: make(chan struct{}), ended: make(chan struct{}), gone: make(chan struct{}), paired: make(chan pairing, 1),
	}
}

func (h *Host) connect(ask *wire.Connect) {
	l := h.newLink(ask.DeviceID, ask.Link)
	if !h.enter(l) {
		l.cancel()
		h.say(failed(ask, ending{why: wire.LinkBusy}))
		return
	}
	defer l.asked.Done()
	deadline, stop := context.WithTimeout(l.ctx, milliseconds(ask.DeadlineMS))
	defer stop()
	if end, up := l.tryStored(deadline, ask.JID); !up {
		h.say(failed(ask, l.end(end)))
		return
	}
	h.say(wire.Connected{ID: ask.ID, DeviceID: ask.DeviceID, Link: ask.Link, JID: ask.JID})
	l.open()
}

func failed(ask *wire.Connect, end ending) wire.ConnectFailed {
	return wire.ConnectFailed{
		ID: ask.ID, DeviceID: ask.DeviceID, Link: ask.Link,
		Why: end.why, Code: end.code, Until: end.until, Detail: end.detail,
	}
}

// tryStored connects with the stored session; false with the reason, where it cannot.
func (l *link) tryStored(deadline context.Context, jid string) (end ending, up bool) {
	defer func() {
		if panicked := recover(); panicked != nil {
			end, up = crashed(panicked), false
		}
	}()
	device, err := l.host.usable(deadline, jid)
	if err != nil {
		return unfound(err), false
	}
	l.advance("session_found")
	return l.dialled(deadline, device)
}

// usable gives a stored session that may talk to whom this host talks to.
func (h *Host) usable(ctx context.Context, jid string) (*store.Device, error) {
	device, err := h.store.Device(ctx, jid)
	if err == nil && h.standIn == nil && device.Platform == StandInPlatform {
		return nil, errOfStandIn
	}
	return device, err
}

// dialled connects and waits until the device is logged in, or for what comes instead.
func (l *link) dialled(deadline context.Context, device *store.Device) (ending, bool) {
	if !l.host.dial(deadline) {
		return l.late(wire.LinkDialFailed, "many others connect at once"), false
	}
	defer func() { <-l.host.dials }()
	client := l.use(device)
	made := make(chan error, 1)
	// Its context lives as long as the connection; the Noise handshake waits 20 s whatever it says.
	go func() { made <- guarded(func() error { return client.ConnectContext(l.ctx) }) }()
	select {
	case err := <-made:
		if err != nil {
			return undialled(err), false
		}
	case <-l.ended:
		return l.ending, false
	case <-deadline.Done():
		return l.late(wire.LinkHandshakeFailed, "no handshake in time"), false
	}
	l.shake()
	return l.loggedIn(deadline)
}

// shake tells once that the handshake is done: a refusal of the login may be heard before the dial is known to be over.
func (l *link) shake() {
	if l.isShaken.CompareAndSwap(false, true) {
		l.advance("dialled")
	}
}

func (l *link) loggedIn(deadline context.Context) (ending, bool) {
	looking := time.NewTicker(lookEvery)
	defer looking.Stop()
	for wasGone := false; ; {
		select {
		case <-l.arrived:
			l.advance("logged_in")
			return ending{}, true
		case <-l.ended:
			return l.ending, false
		case <-deadline.Done():
			return l.late(wire.LinkNoLogin, ""), false
		case <-looking.C:
			// A connection that ends right after the handshake does so without an event; others have a look's time.
			gone := !l.client.IsConnected()
			if gone && wasGone {
				return l.late(wire.LinkCut, ""), false
			}
			wasGone = gone
		}
	}
}

// late is the reason of a deadline that passed, unless the link was closed meanwhile.
func (l *link) late(why, detail string) ending {
	select {
	case <-l.ended:
		return l.ending
	default:
		return ending{why: why, detail: detail}
	}
}

// use makes the client of this link, and lets it speak to nobody by itself.
func (l *link) use(device *store.Device) *whatsmeow.Client {
	l.buffered(device)
	client := whatsmeow.NewClient(device, backlog{l.host.log, l})
	client.EnableAutoReconnect = false
	client.DisableLoginAutoReconnect = true
	client.ManualHistorySyncDownload = true
	client.WebSocketHeaders = l.host.standIn.headers(l)
	client.SetWebsocketHTTPClient(l.host.web)
	client.SetPreLoginHTTPClient(l.host.web)
	client.SetMediaHTTPClient(l.host.web)
	// What arrives is acknowledged once the worker has noted it; until then WhatsApp tells it again, and its plain text
	// is kept in the tables, as it can be decrypted once only.
	client.SynchronousAck = true
	client.EnableDecryptedEventBuffer = true
	client.AddEventHandlerWithSuccessStatus(l.hear)
	l.lock.Lock()
	defer l.lock.Unlock()
	l.client = client
	return client
}

// hear takes what whatsmeow says of this link; false for what WhatsApp has to tell again.
func (l *link) hear(event any) (done bool) {
	defer func() {
		if panicked := recover(); panicked != nil {
			done = true // What brings a link down must not come again with every link.
			l.drop(crashed(panicked))
		}
	}()
	switch said := event.(type) {
	case *events.Connected:
		l.arrive()
	case *events.Receipt:
		return l.hearReceipt(said)
	case *events.Message:
		return l.hearMessage(said)
	case *events.Disconnected:
		// A cut may have a reason that is heard after it: a link that another program took must not be made again.
		time.AfterFunc(lastWordTime, func() { l.drop(ending{why: wire.LinkCut}) })
	default:
		if l.hearPairing(event) {
			return true
		}
		if end, ended := endingOf(event); ended {
			l.shake()
			l.drop(end)
		}
	}
	return true
}

func (l *link) arrive() {
	l.lock.Lock()
	defer l.lock.Unlock()
	select {
	case <-l.arrived:
	default:
		close(l.arrived)
	}
}

// open lets reports and sends through: the worker has been told that the link is up.
func (l *link) open() {
	l.lock.Lock()
	over := l.over
	l.up = !over
	l.lock.Unlock()
	if over {
		l.tellEnd()
	}
}

// drop ends the link without waiting: whatsmeow's own goroutines call it.
func (l *link) drop(end ending) {
	go l.end(end)
}

// end takes the link down, once, and gives the ending that was first; a link that was up says so.
func (l *link) end(end ending) ending {
	if wasUp, first := l.finish(end); first {
		l.takeDown(wasUp)
	}
	<-l.gone
	return l.ending
}

// finish settles how the link ends; only the first ending counts.
func (l *link) finish(end ending) (wasUp, first bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	wasUp, first = l.up, !l.over
	if first {
		l.over, l.up, l.ending = true, false, end
		close(l.ended)
	}
	return wasUp, first
}

func (l *link) isOver() bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.over
}

func (l *link) takeDown(wasUp bool) {
	l.part()
	l.host.leave(l)
	if wasUp {
		l.tellEnd()
	}
}

// tellEnd reports the end of a link that was up, unless its worker asked for it.
func (l *link) tellEnd() {
	if l.ending.why != wire.LinkClosed {
		l.host.say(wire.LinkEnded{
			DeviceID: l.device, Link: l.number,
			Why: l.ending.why, Code: l.ending.code, Until: l.ending.until, Detail: l.ending.detail,
		})
	}
}

// part disconnects: at once for sends that wait, politely for the other side, and in any case.
func (l *link) part() {
	defer l.cancel()
	l.lock.Lock()
	client := l.client
	l.lock.Unlock()
	if client == nil {
		return
	}
	select {
	case <-l.arrived:
	default:
		l.cancel() // Disconnect would wait for a Connect that still runs.
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = guarded(func() error { client.Disconnect(); return nil })
	}()
	select {
	case <-done:
	case <-time.After(partingTime):
	}
}

// closeLink settles at once that the link ends: what is asked next finds it over.
func (h *Host) closeLink(ask *wire.Close) {
	l := h.take(ask.DeviceID, ask.Link, false)
	if l == nil {
		h.say(wire.Closed{ID: ask.ID})
		return
	}
	l.asked.Done()
	l.settle(func() { h.say(wire.Closed{ID: ask.ID}) })
}

// settle decides now that the link ends, as asked; then is called when nothing of it is left and runs any more.
func (l *link) settle(then func()) {
	wasUp, first := l.finish(ending{why: wire.LinkClosed})
	go func() {
		if first {
			l.takeDown(wasUp)
		}
		<-l.gone
		waited(&l.asked)
		then()
	}()
}

// waited gives what still runs a while to answer.
func waited(asked *sync.WaitGroup) {
	done := make(chan struct{})
	go func() {
		asked.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(partingTime):
	}
}

func (l *link) advance(step string) {
	l.host.say(wire.Advanced{DeviceID: l.device, Link: l.number, Step: step})
}

func crashed(panicked any) ending {
	return ending{why: wire.LinkCrashed, detail: fmt.Sprintf("%.300v", panicked)}
}

// guarded turns a panic into an error.
func guarded(call func() error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return call()
}

func milliseconds(number int64) time.Duration { return time.Duration(number) * time.Millisecond }
