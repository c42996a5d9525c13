package scenarios

import (
	"testing"
	"time"

	"mendline/whatsapp/standin"
	"mendline/whatsapp/wire"
)

func (s *stage) pair(phone string, deadline int64) {
	s.Helper()
	s.say(wire.Pair{ID: s.number(), DeviceID: s.phone(), Link: 1, Phone: phone, DeadlineMS: deadline})
}

// signal waits for a code of that kind.
func (s *stage) signal(kind string) string {
	s.Helper()
	signal := s.expect("pairing_signal")
	if signal.Kind != kind || time.Until(time.UnixMilli(signal.Until)) < time.Second {
		s.Fatalf("%+v", signal)
	}
	return signal.Value
}

// fresh gives a number that no other scenario has.
func fresh() string { return standin.Number(int(places.Add(1))) }

func TestADeviceIsPairedByQRCodeAndCanSend(t *testing.T) {
	s := newStage(t, "")
	number := fresh()
	s.pair("", 20_000)
	s.must(s.server.Scan(number, s.signal("qr")))
	paired := s.expect("paired")
	if paired.JID != number+":20@s.whatsapp.net" || paired.LID != "9"+number+":20@lid" || !s.stored(paired.JID) {
		t.Fatalf("%+v", paired)
	}
	s.steps("session_found", "dialled", "logged_in")
	s.send(text(someone))
	s.sent()
	s.ledgered("connecting", "paired", "dropped", "connecting", "connected", "sent")
}

func (s *stage) steps(expected ...string) {
	s.Helper()
	for _, step := range expected {
		if advanced := s.expect("advanced"); advanced.Step != step {
			s.Fatalf("%+v", advanced)
		}
	}
	time.Sleep(100 * time.Millisecond)
}

func TestADeviceIsPairedByCodeAndCanSend(t *testing.T) {
	s := newStage(t, "")
	number := fresh()
	s.pair("+"+number, 20_000)
	s.must(s.server.Type(number, s.signal("code")))
	if paired := s.expect("paired"); paired.JID != number+":20@s.whatsapp.net" {
		t.Fatalf("%+v", paired)
	}
	s.steps("session_found", "dialled", "logged_in")
	s.send(text(someone))
	s.sent()
}

func TestAPairedDeviceConnectsWithItsNewSession(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	s.must(s.server.Scan(fresh(), s.signal("qr")))
	paired := s.expect("paired")
	s.steps("session_found", "dialled", "logged_in")
	s.tell("cut")
	s.expect("link_ended")
	s.connectAs(2, paired.JID, deadlineMS)
	s.expect("connected")
}

func TestAWrongCodePairsNothing(t *testing.T) {
	s := newStage(t, "")
	number := fresh()
	s.pair(number, 20_000)
	s.signal("code")
	s.must(s.server.Type(number, "WRNG-CODE"))
	if failed := s.expect("pair_failed"); failed.Why != wire.PairRejected {
		t.Fatalf("%+v", failed)
	}
	if s.stored(number + ":20@s.whatsapp.net") {
		t.Fatal("a session is stored")
	}
}

func TestAPairingThatComesToNothingSaysWhy(t *testing.T) {
	for _, each := range []struct {
		name, script, phone, why string
		deadline                 int64
	}{
		{"nobody scans", "", "", wire.PairExpired, 1000},
		{"a short number", "", "123", wire.PairBadPhone, 5000},
		{"a national number", "", "0812345678", wire.PairBadPhone, 5000},
		{"a number that the server refuses", "to * lookup: unknown", "15550009999", wire.PairRefused, 5000},
		{"another server's certificate", "device * connect 1: bad-certificate", "", wire.PairHandshakeFailed, 5000},
		{"a server that hangs", "device * connect 1: hang-noise", "", wire.PairHandshakeFailed, 1000},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, each.script)
			s.pair(each.phone, each.deadline)
			if failed := s.expect("pair_failed"); failed.Why != each.why {
				t.Fatalf("%+v", failed)
			}
			s.up(2)
		})
	}
}

func TestAPairingIsClosedLikeALink(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	s.signal("qr")
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	if failed := s.expect("pair_failed"); failed.Why != wire.PairClosed {
		t.Fatalf("%+v", failed)
	}
	s.expect("closed")
	s.up(2)
}

func TestAPairingIsRefusedWhileALinkLives(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.pair("", 5000)
	if failed := s.expect("pair_failed"); failed.Why != wire.PairBusy {
		t.Fatalf("%+v", failed)
	}
}

func TestAPairingCutIsOver(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	s.signal("qr")
	s.server.Close()
	if failed := s.expect("pair_failed"); failed.Why != wire.PairExpired {
		t.Fatalf("%+v", failed)
	}
}

func TestUnpairTellsWhatsAppAndDeletesTheSession(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.say(wire.Unpair{ID: s.number(), DeviceID: s.phone(), Link: 1, JID: s.jid.String()})
	if unpaired := s.expect("unpaired"); !unpaired.Told {
		t.Fatalf("%+v", unpaired)
	}
	if s.stored(s.jid.String()) {
		t.Fatal("the session is still stored")
	}
	s.silent("link_ended")
	s.connect(2)
	if failed := s.expect("connect_failed"); failed.Why != wire.LinkUnknownJID {
		t.Fatalf("%+v", failed)
	}
}

func TestUnpairWithoutALinkOnlyDeletesTheSession(t *testing.T) {
	s := newStage(t, "")
	s.say(wire.Unpair{ID: s.number(), DeviceID: s.phone(), JID: s.jid.String()})
	if unpaired := s.expect("unpaired"); unpaired.Told {
		t.Fatalf("%+v", unpaired)
	}
	if s.stored(s.jid.String()) {
		t.Fatal("the session is still stored")
	}
}
