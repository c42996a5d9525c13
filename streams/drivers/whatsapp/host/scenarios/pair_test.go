package scenarios

import (
	"testing"
	"time"

	"mendline/whatsapp/standin"
	"mendline/whatsapp/wire"
)

const pairingNumber = 0

func (s *stage) pair(phone string, deadline int64) {
	s.Helper()
	s.say(wire.Pair{ID: s.number(), DeviceID: s.phone(), Pairing: pairingNumber, Phone: phone, DeadlineMS: deadline})
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
	if paired.JID != number+":20@s.whatsapp.net" || !s.stored(paired.JID) {
		t.Fatalf("%+v", paired)
	}
	s.ledgered("pairing", "paired", "pairing_ended", "pairing", "pairing_ended")
	s.useSession(paired.JID)
	s.send(text(someone))
	s.sent()
}

// useSession connects link 1 with a session that was just made.
func (s *stage) useSession(jid string) {
	s.Helper()
	s.connectAs(1, jid, deadlineMS)
	s.expect("connected")
}

func TestADeviceIsPairedByCodeAndCanSend(t *testing.T) {
	s := newStage(t, "")
	number := fresh()
	s.pair("+"+number, 20_000)
	s.must(s.server.Type(number, s.signal("code")))
	paired := s.expect("paired")
	if paired.JID != number+":20@s.whatsapp.net" {
		t.Fatalf("%+v", paired)
	}
	s.useSession(paired.JID)
	s.send(text(someone))
	s.sent()
}

func TestAPairingWhoseFirstLoginFailsIsAPairingAllTheSame(t *testing.T) {
	s := newStage(t, "device * connect 2: failure 503")
	s.pair("", 20_000)
	s.must(s.server.Scan(fresh(), s.signal("qr")))
	paired := s.expect("paired")
	s.silent("link_ended")
	s.useSession(paired.JID)
}

func (s *stage) take(jid string) {
	s.Helper()
	s.say(wire.Pair{ID: s.number(), DeviceID: s.phone(), Pairing: pairingNumber, JID: jid, DeadlineMS: deadlineMS})
}

func TestASessionThatIsThereIsTakenWithoutAConnection(t *testing.T) {
	s := newStage(t, "")
	s.take(s.jid.String())
	paired := s.expect("paired")
	if paired.JID != s.jid.String() {
		t.Fatalf("%+v", paired)
	}
	s.ledgered()
	s.useSession(s.jid.String())
}

func TestASessionThatIsNotThereIsNotTaken(t *testing.T) {
	s := newStage(t, "")
	for _, jid := range []string{fresh() + ":1@s.whatsapp.net", s.jid.User + "@s.whatsapp.net", "nonsense"} {
		s.take(jid)
		if failed := s.expect("pair_failed"); failed.Why != wire.PairUnknownJID {
			t.Fatalf("%+v", failed)
		}
	}
	s.ledgered()
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

func (s *stage) unpair(pairing int64, jid string) {
	s.Helper()
	s.say(wire.Unpair{ID: s.number(), DeviceID: s.phone(), Pairing: pairing, JID: jid, DeadlineMS: 3000})
}

func TestAPairingUnderWayIsEndedByUnpair(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	s.signal("qr")
	s.unpair(pairingNumber, "")
	s.expect("unpaired")
	if len(s.rest) != 1 || s.rest[0].Why != wire.PairClosed {
		t.Fatalf("%+v", s.rest)
	}
	s.up(2)
}

func TestAPairingFollowsTheEndOfAnotherAtOnce(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	for range 10 {
		s.signal("qr")
		s.unpair(pairingNumber, "")
		s.pair("", 20_000)
		s.expect("unpaired")
	}
	s.signal("qr")
}

func TestAPairingFollowsTheEndOfASession(t *testing.T) {
	s := newStage(t, "device * connect 3: silent")
	s.pair("", 20_000)
	s.must(s.server.Scan(fresh(), s.signal("qr")))
	paired := s.expect("paired")
	s.say(wire.Unpair{ID: s.number(), DeviceID: s.phone(), Pairing: pairingNumber, JID: paired.JID, DeadlineMS: 1000})
	s.ledgered("pairing", "paired", "pairing_ended", "pairing", "pairing_ended", "pairing")
	s.pair("", 20_000)
	s.expect("unpaired")
	s.signal("qr")
}

func TestALatePairingsEndEndsNoLaterOne(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	s.signal("qr")
	s.unpair(pairingNumber+7, "")
	s.expect("unpaired")
	s.silent("pair_failed")
}

func TestAPairingIsNoLink(t *testing.T) {
	s := newStage(t, "")
	s.pair("", 20_000)
	s.signal("qr")
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: pairingNumber})
	s.expect("closed")
	s.silent("pair_failed")
}

func TestAPairingFollowsACloseThatIsUnderWay(t *testing.T) {
	s := newStage(t, "")
	s.up(1)
	s.say(wire.Close{ID: s.number(), DeviceID: s.phone(), Link: 1})
	s.pair("", 20_000)
	s.signal("qr")
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
	s.unpair(-1, s.jid.String())
	if unpaired := s.expect("unpaired"); !unpaired.Told {
		t.Fatalf("%+v", unpaired)
	}
	if s.stored(s.jid.String()) {
		t.Fatal("the session is still stored")
	}
	s.ledgered("pairing", "unpaired", "pairing_ended")
	s.connect(2)
	if failed := s.expect("connect_failed"); failed.Why != wire.LinkUnknownJID {
		t.Fatalf("%+v", failed)
	}
}

func TestUnpairDeletesASessionThatCannotBeLoggedOut(t *testing.T) {
	for _, each := range []struct{ name, script string }{
		{"logged out already", "failure 401"}, {"no answer", "silent"}, {"refused", "refuse http=503"},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := newStage(t, "device * connect: "+each.script)
			s.unpair(-1, s.jid.String())
			if unpaired := s.expect("unpaired"); unpaired.Told || unpaired.Detail == "" {
				t.Fatalf("%+v", unpaired)
			}
			if s.stored(s.jid.String()) {
				t.Fatal("the session is still stored")
			}
		})
	}
}

func TestUnpairOfAnUnknownSessionIsAnswered(t *testing.T) {
	s := newStage(t, "")
	s.unpair(3, "15559999999:1@s.whatsapp.net")
	if unpaired := s.expect("unpaired"); unpaired.Told {
		t.Fatalf("%+v", unpaired)
	}
	s.up(1)
}
