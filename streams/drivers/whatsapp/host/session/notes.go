package session

import (
	"sync"
	"time"

	"mendline/whatsapp/wire"
)

const (
	fewNotes = 64
	noteTime = time.Minute
)

// notes are what the worker was told and has not noted yet: so many at once, of all links together.
type notes struct {
	room     chan struct{}
	patience time.Duration

	lock    sync.Mutex
	last    int64
	waiting map[int64]chan struct{}
}

func newNotes(hello *wire.Hello) *notes {
	room, patience := hello.Notes, milliseconds(hello.NoteMS)
	if room <= 0 {
		room = fewNotes
	}
	if patience <= 0 {
		patience = noteTime
	}
	return &notes{
		room: make(chan struct{}, room), patience: patience, waiting: make(map[int64]chan struct{}),
		// A host that comes after another one must not take what was meant for that one.
		last: time.Now().UnixMicro(),
	}
}

func (n *notes) begin() (int64, <-chan struct{}) {
	n.lock.Lock()
	defer n.lock.Unlock()
	n.last++
	n.waiting[n.last] = make(chan struct{})
	return n.last, n.waiting[n.last]
}

func (n *notes) end(id int64) {
	n.lock.Lock()
	defer n.lock.Unlock()
	delete(n.waiting, id)
}

func (n *notes) noted(id int64) {
	n.lock.Lock()
	defer n.lock.Unlock()
	if waiting, known := n.waiting[id]; known {
		close(waiting)
		delete(n.waiting, id)
	}
}

// told says something to the worker, and waits until it is noted. False: it is not, and WhatsApp, who hears nothing,
// tells it again when the device connects next. A link whose worker notes nothing ends: what comes in would pile up.
func (l *link) told(message func(id int64) wire.Message) bool {
	if l.pairing || l.leaving {
		return false // Whose account this is, is not decided yet, or it is nobody's any more.
	}
	notes := l.host.notes
	deadline := time.NewTimer(notes.patience)
	defer deadline.Stop()
	select {
	case notes.room <- struct{}{}:
	case <-l.ended:
		return false
	case <-deadline.C:
		return l.unnoted()
	}
	defer func() { <-notes.room }()
	if l.isOver() {
		return false
	}
	id, noted := notes.begin()
	defer notes.end(id)
	l.host.say(message(id))
	select {
	case <-noted:
		return true
	case <-l.ended:
		return false
	case <-deadline.C:
		return l.unnoted()
	}
}

// unnoted ends the link before anything else of it is told: that would come before what is told again.
func (l *link) unnoted() bool {
	l.drop(ending{why: wire.LinkUnnoted})
	<-l.ended
	return false
}
