package scenarios

import (
	"syscall"
	"testing"
	"time"

	"mendline/whatsapp/wire"
)

func TestALinkThatEndsSaysWhyOnceAndCanBeMadeAgain(t *testing.T) {
	for _, each := range []struct {
		name, what, why string
		code            int64
		ledger          string
	}{
		{"cut", "cut", wire.LinkCut, 0, "dropped"},
		{"server restarts", "restart", wire.LinkRestarted, 515, "dropped"},
		{"stream error 500", "500", wire.LinkServerError, 500, "dropped"},
		{"stream error 503", "503", wire.LinkCut, 0, "dropped"},
		{"replaced", "replaced", wire.LinkReplaced, 0, "replaced"},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "")
			s.up(1)
			s.tell(each.what)
			ended := s.expect("link_ended")
			if ended.Why != each.why || ended.Code != each.code || ended.Link != 1 {
				t.Fatalf("%+v", ended)
			}
			s.silent("link_ended")
			s.up(2)
			s.ledgered("connecting", "connected", each.ledger, "connecting", "connected")
		})
	}
}

func (s *stage) tell(what string) {
	s.Helper()
	struck, err := s.server.Tell(what, "*")
	s.must(err)
	if struck != 1 {
		s.Fatalf("%d links were struck", struck)
	}
}

func TestADeviceThatIsRemovedKeepsItsSession(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.tell("removed")
	if ended := s.expect("link_ended"); ended.Why != wire.LinkLoggedOut {
		t.Fatalf("%+v", ended)
	}
	if !s.stored(s.jid.String()) {
		t.Fatal("the session is gone")
	}
	s.connect(2)
	if failed := s.expect("connect_failed"); failed.Why != wire.LinkLoggedOut {
		t.Fatalf("%+v", failed)
	}
}

func TestALinkThatIsMuteIsClosed(t *testing.T) {
	s := newStage(t, "device * connect: mute after=100")
	s.up(1)
	time.Sleep(28 * time.Second)
	if ended := s.expect("link_ended"); ended.Why != wire.LinkMute {
		t.Fatalf("%+v", ended)
	}
	s.ledgered("connecting", "connected", "closed")
}

func TestALinkThatIsClosedSaysGoodbyeAndNothingElse(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.say(wire.Close{ID: 77, DeviceID: s.phone(), Link: 1})
	if closed := s.expect("closed"); closed.ID != 77 {
		t.Fatalf("%+v", closed)
	}
	s.silent("link_ended")
	s.ledgered("connecting", "connected", "closed")
}

func TestALinkThatIsNotThereIsClosedAtOnce(t *testing.T) {
	s := newStage(t, "")
	s.up(2)
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	s.say(wire.Close{ID: s.number(), DeviceID: "nobody", Link: 1})
	s.expect("closed")
	s.ledgered("connecting", "connected")
}

func TestANewLinkIsMadeOnlyAfterTheOldOneIsGone(t *testing.T) {
	s := newStage(t, "")
	for link := range int64(5) {
		s.up(link + 1)
		s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: link + 1})
		s.expect("closed")
	}
	for _, what := range s.noted() {
		if what == "overlapped" {
			t.Fatal("two links of a device lived at once")
		}
	}
}

func TestAHostWhoseWorkerEndsSaysGoodbyeAndEnds(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	began := time.Now()
	_ = s.conn.Close()
	s.must(s.host.Wait())
	if took := time.Since(began); took > 2500*time.Millisecond {
		t.Fatalf("it took %s", took)
	}
	s.ledgered("connecting", "connected", "closed")
}

func TestAHostThatIsKilledTakesItsLinksWithIt(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.must(s.host.Process.Kill())
	if _, open := <-s.said; open {
		t.Fatal("it still says something")
	}
	s.ledgered("connecting", "connected", "abandoned")
}

func TestCtrlCIsTheWorkersToHear(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.must(s.host.Process.Signal(syscall.SIGINT))
	s.silent("link_ended")
	s.say(wire.AskFigures{ID: s.number()})
	if figures := s.expect("figures"); figures.Links != 1 || figures.Connections > 3 {
		t.Fatalf("%+v", figures)
	}
}
