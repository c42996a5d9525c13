package scenarios

import (
	"testing"
	"time"

	"mendline/whatsapp/wire"
)

func TestAConnectWithAStoredSessionComesUpStepByStep(t *testing.T) {
	s := newStage(t, "")
	s.connect(1)
	for _, step := range []string{"session_found", "dialled", "logged_in"} {
		if advanced := s.expect("advanced"); advanced.Step != step {
			t.Fatalf("%s came, not %s", advanced.Step, step)
		}
	}
	connected := s.expect("connected")
	if connected.JID != s.jid.String() {
		t.Fatalf("%+v", connected)
	}
	s.ledgered("connecting", "connected")
}

func TestAConnectThatFailsSaysWhyAndKeepsTheSession(t *testing.T) {
	for _, each := range []struct {
		name, script, why string
		code              int64
		ledger            []string
	}{
		{"logged out", "failure 401", wire.LinkLoggedOut, 401, []string{"connecting", "needs_pairing"}},
		{"main device gone", "failure 403", wire.LinkLoggedOut, 403, []string{"connecting", "needs_pairing"}},
		{"banned", "failure 406", wire.LinkBanned, 406, []string{"connecting", "banned"}},
		{"banned for a while", "failure 402 code=101 expire=3600", wire.LinkTemporaryBan, 101, []string{"connecting", "banned"}},
		{"client outdated", "failure 405", wire.LinkClientOutdated, 405, []string{"connecting", "unreachable"}},
		{"refused", "failure 400", wire.LinkRefused, 400, []string{"connecting", "unreachable"}},
		{"bad user agent", "failure 409", wire.LinkRefused, 409, []string{"connecting", "unreachable"}},
		{"not found", "failure 415", wire.LinkRefused, 415, []string{"connecting", "unreachable"}},
		{"experimental", "failure 501", wire.LinkServerError, 501, []string{"connecting", "unreachable"}},
		{"internal error", "failure 500", wire.LinkCut, 0, []string{"connecting", "unreachable"}},
		{"unavailable", "failure 503", wire.LinkCut, 0, []string{"connecting", "unreachable"}},
		{"cut instead of a login", "cut-login", wire.LinkCut, 0, []string{"connecting", "unreachable"}},
		{"HTTP 503", "refuse http=503", wire.LinkServerError, 503, []string{"connecting", "unreachable"}},
		{"HTTP 403", "refuse http=403", wire.LinkRefused, 403, []string{"connecting", "unreachable"}},
		{"another server's certificate", "bad-certificate", wire.LinkHandshakeFailed, 0, []string{"connecting", "unreachable"}},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "device * connect 1: "+each.script)
			s.connect(1)
			failed := s.expect("connect_failed")
			if failed.Why != each.why || failed.Code != each.code {
				t.Fatalf("%+v", failed)
			}
			s.silent("link_ended")
			s.ledgered(each.ledger...)
			if !s.stored(s.jid.String()) {
				t.Fatal("the session is gone")
			}
			s.up(2)
		})
	}
}

func TestAConnectThatNobodyAnswersEndsAtItsDeadline(t *testing.T) {
	for _, each := range []struct{ name, script, why string }{
		{"HTTP hangs", "hang-http", wire.LinkHandshakeFailed},
		{"Noise hangs", "hang-noise", wire.LinkHandshakeFailed},
		{"cut in the handshake", "cut-noise", wire.LinkHandshakeFailed},
		{"no answer to the login", "silent", wire.LinkNoLogin},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "device * connect 1: "+each.script)
			began := time.Now()
			s.connectAs(1, s.jid.String(), 700)
			if failed := s.expect("connect_failed"); failed.Why != each.why {
				t.Fatalf("%+v", failed)
			}
			if took := time.Since(began); took < 600*time.Millisecond || took > 4*time.Second {
				t.Fatalf("it took %s", took)
			}
			s.ledgered("connecting", "unreachable")
			s.up(2)
		})
	}
}

func TestAConnectWithoutASessionIsNotTried(t *testing.T) {
	for _, each := range []struct{ name, jid string }{
		{"an unknown number", "15559999999:1@s.whatsapp.net"},
		{"no device number", "15550000001@s.whatsapp.net"},
		{"a LID", "915550000001:1@lid"},
		{"no JID", "phone"},
		{"nothing", ""},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "")
			s.connectAs(1, each.jid, deadlineMS)
			if failed := s.expect("connect_failed"); failed.Why != wire.LinkUnknownJID {
				t.Fatalf("%+v", failed)
			}
			s.ledgered()
			s.up(2)
		})
	}
}

func TestABanSaysItsEnd(t *testing.T) {
	s := newStage(t, "device * connect 1: failure 402 code=101 expire=3600; device * connect 2: failure 402 code=102")
	s.connect(1)
	ends := time.UnixMilli(s.expect("connect_failed").Until)
	if left := time.Until(ends); left < 59*time.Minute || left > time.Hour {
		t.Fatalf("it ends in %s", left)
	}
	s.connect(2)
	if failed := s.expect("connect_failed"); failed.Until != 0 {
		t.Fatalf("%+v", failed)
	}
}

func TestAConnectWithoutAServerFails(t *testing.T) {
	s := newStage(t, "")
	s.server.Close()
	s.connect(1)
	if failed := s.expect("connect_failed"); failed.Why != wire.LinkDialFailed {
		t.Fatalf("%+v", failed)
	}
}

func TestASecondConnectOfADeviceIsRefusedWhileTheFirstLinkLives(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.connect(2)
	if failed := s.expect("connect_failed"); failed.Why != wire.LinkBusy || failed.Link != 2 {
		t.Fatalf("%+v", failed)
	}
	s.silent("link_ended")
	s.ledgered("connecting", "connected")
}

func TestAConnectThatIsClosedIsAnsweredBeforeTheClose(t *testing.T) {
	s := newStage(t, "device * connect 1: silent")
	s.connect(1)
	s.expect("advanced")
	s.expect("advanced")
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.expect("closed")
	if len(s.rest) != 1 || s.rest[0].Type != "connect_failed" || s.rest[0].Why != wire.LinkClosed {
		t.Fatalf("%+v", s.rest)
	}
	s.up(2)
	s.ledgered("connecting", "unreachable", "connecting", "connected")
}
