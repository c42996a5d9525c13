// Package session keeps links to WhatsApp: one whatsmeow client a link, all of them over one store.
package session

import (
	"context"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	waLog "go.mau.fi/whatsmeow/util/log"

	"mendline/whatsapp/wire"
)

// partingTime is how long the other side may take to say goodbye.
const partingTime = time.Second

// lastWordTime is how long a connection's end waits for its reason: whatsmeow tells each from a goroutine of its own.
const lastWordTime = 50 * time.Millisecond

// lookEvery is how often a connection that is not logged in yet is looked at.
const lookEvery = 250 * time.Millisecond

// Host has every link of a worker.
type Host struct {
	store   *Store
	say     func(wire.Message)
	dials   chan struct{}
	log     waLog.Logger
	web     *http.Client
	fetches *http.Client
	rooms   rooms
	typing  time.Duration
	standIn *StandIn
	notes   *notes

	lock  sync.Mutex
	links map[string]*link
}

// NewHost begins without links. standIn is nil for WhatsApp itself.
func NewHost(store *Store, hello *wire.Hello, log waLog.Logger, standIn *StandIn, say func(wire.Message)) *Host {
	return &Host{
		store:   store,
		say:     say,
		dials:   make(chan struct{}, max(1, hello.Dials)),
		log:     log,
		web:     webClient(standIn),
		fetches: fetchClient(hello.MediaPrivate),
		rooms:   newRooms(),
		typing:  milliseconds(hello.TypingMS),
		standIn: standIn,
		notes:   newNotes(hello),
		links:   make(map[string]*link),
	}
}

// Do begins what the worker asks, and returns at once.
func (h *Host) Do(message any) {
	switch ask := message.(type) {
	case *wire.Connect:
		go h.connect(ask)
	case *wire.Send:
		go h.send(ask)
	case *wire.Close:
		h.closeLink(ask)
	case *wire.Pair:
		go h.pair(ask)
	case *wire.Unpair:
		h.unpair(ask)
	case *wire.Noted:
		h.notes.noted(ask.ID)
	case *wire.AskFigures:
		go h.figures(ask)
	}
}

// Close ends every link, bounded.
func (h *Host) Close() {
	var parting sync.WaitGroup
	for _, each := range h.all() {
		parting.Go(func() { each.end(ending{why: wire.LinkClosed}) })
	}
	parting.Wait()
}

func (h *Host) all() []*link {
	h.lock.Lock()
	defer h.lock.Unlock()
	return slices.Collect(maps.Values(h.links))
}

// enter registers a link with its first ask, after one that is ending; false while the device has another one.
func (h *Host) enter(l *link) bool {
	for {
		h.lock.Lock()
		older := h.links[l.device]
		if older == nil {
			h.links[l.device] = l
			l.asked.Add(1)
			h.lock.Unlock()
			return true
		}
		h.lock.Unlock()
		if !older.leaving && !older.isOver() {
			return false
		}
		<-older.gone
	}
}

func (h *Host) leave(l *link) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if h.links[l.device] == l {
		delete(h.links, l.device)
		close(l.gone)
	}
}

// take finds a link, or a pairing, for one more ask, whose end the caller tells to `asked`.
func (h *Host) take(device string, number int64, pairing bool) *link {
	h.lock.Lock()
	defer h.lock.Unlock()
	if l := h.links[device]; l != nil && l.number == number && l.pairing == pairing {
		l.asked.Add(1)
		return l
	}
	return nil
}

// dial waits for a turn to connect; the caller gives it back.
func (h *Host) dial(ctx context.Context) bool {
	select {
	case h.dials <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (h *Host) figures(ask *wire.AskFigures) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	h.say(wire.Figures{
		ID:                  ask.ID,
		Links:               int64(len(h.all())),
		Goroutines:          int64(runtime.NumGoroutine()),
		HeapMB:              int64(memory.HeapAlloc >> 20),
		RssMB:               residentMB(),
		DatabaseConnections: int64(h.store.Connections()),
	})
}
