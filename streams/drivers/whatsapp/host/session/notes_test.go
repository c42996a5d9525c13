package session

import (
	"testing"
	"time"

	"mendline/whatsapp/wire"
)

// heardBy begins to tell something over a link of its own; said gets the ids that the worker is told.
func heardBy(notes *notes, said chan<- int64) (*link, <-chan bool) {
	host := &Host{notes: notes, say: func(message wire.Message) { said <- message.(wire.Incoming).ID }}
	l := host.newLink("phone", 1)
	told := make(chan bool, 1)
	go func() { told <- l.told(func(id int64) wire.Message { return wire.Incoming{ID: id} }) }()
	return l, told
}

func TestOnlySoManyAreToldAtOnceOfAllLinksTogether(t *testing.T) {
	notes, said := newNotes(&wire.Hello{Notes: 1}), make(chan int64, 10)
	_, first := heardBy(notes, said)
	id := <-said
	_, second := heardBy(notes, said)
	select {
	case id := <-said:
		t.Fatalf("%d was told beside the first", id)
	case <-time.After(100 * time.Millisecond):
	}
	notes.noted(id)
	notes.noted(<-said)
	if !<-first || !<-second {
		t.Fatal("what was noted has to be told again")
	}
}

func TestWhoWaitsToBeToldDoesNotWaitForALinkThatEnded(t *testing.T) {
	notes, said := newNotes(&wire.Hello{Notes: 1}), make(chan int64, 10)
	_, _ = heardBy(notes, said)
	<-said
	waiting, told := heardBy(notes, said)
	waiting.finish(ending{why: wire.LinkCut})
	if <-told {
		t.Fatal("what nobody noted was acknowledged")
	}
}

func TestALateNoteIsForNobody(t *testing.T) {
	notes, said := newNotes(&wire.Hello{Notes: 1}), make(chan int64, 10)
	l, told := heardBy(notes, said)
	id := <-said
	l.finish(ending{why: wire.LinkCut})
	if <-told {
		t.Fatal("what nobody noted was acknowledged")
	}
	notes.noted(id)
	if len(notes.waiting) != 0 || len(notes.room) != 0 {
		t.Fatal("something of it is left")
	}
}

func TestNoHostTakesWhatAnotherOnesWorkerNoted(t *testing.T) {
	before, _ := newNotes(&wire.Hello{}).begin()
	time.Sleep(2 * time.Millisecond)
	if after, _ := newNotes(&wire.Hello{}).begin(); after <= before {
		t.Fatalf("%d comes after %d", after, before)
	}
}

func TestNothingIsToldWhileADevicePairs(t *testing.T) {
	l := (&Host{notes: newNotes(&wire.Hello{})}).newLink("phone", 1)
	l.pairing = true
	if l.told(func(int64) wire.Message { return wire.Incoming{} }) {
		t.Fatal("it was acknowledged")
	}
}
