package scenarios

import (
	"strings"
	"testing"

	"mendline/whatsapp/wire"
)

func TestAHostRefusesWhatItCannotServe(t *testing.T) {
	for _, each := range []struct {
		name, says string
		options    []string
		say        func(*stage)
	}{
		{"another version", "build the host anew", []string{"--stand-in"}, func(s *stage) { s.hello(wire.Version + 1) }},
		{"no hello", "has to be the hello", nil, func(s *stage) { s.connect(1) }},
		{"a stand-in that was not allowed", "--stand-in", nil, func(s *stage) { s.hello(wire.Version) }},
		{"no stand-in although told", "--stand-in", []string{"--stand-in"}, func(s *stage) {
			s.say(wire.Hello{Version: wire.Version, Database: database})
		}},
		{"a stand-in elsewhere", "loopback", []string{"--stand-in"}, func(s *stage) {
			s.say(wire.Hello{Version: wire.Version, Database: database, StandIn: "192.0.2.1:443", StandInRoot: s.server.Root()})
		}},
		{"a short root", "root key", []string{"--stand-in"}, func(s *stage) {
			s.say(wire.Hello{Version: wire.Version, Database: database, StandIn: s.server.Address(), StandInRoot: "00"})
		}},
		{"no JSON", "not JSON", nil, func(s *stage) {
			_, err := s.conn.Write([]byte("hello\n"))
			s.must(err)
		}},
		{"an unknown message", "does not know", nil, func(s *stage) {
			_, err := s.conn.Write([]byte(`{"type":"dance"}` + "\n"))
			s.must(err)
		}},
		{"an address that is none", "cannot be understood", []string{"--stand-in"}, func(s *stage) {
			s.say(wire.Hello{
				Version: wire.Version, Database: "postgres://[", StandIn: s.server.Address(), StandInRoot: s.server.Root(),
			})
		}},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, "")
			s.startHost(each.options...)
			each.say(s)
			if refused := s.expect("refused"); !strings.Contains(refused.Why, each.says) {
				t.Fatalf("%+v", refused)
			}
			if err := s.host.Wait(); err == nil {
				t.Fatal("it ended as if all were well")
			}
		})
	}
}

func TestAHostSaysWhatItIs(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	s.startHost("--stand-in")
	s.hello(wire.Version)
	if welcome := s.expect("welcome"); !welcome.StandIn || welcome.Version != wire.Version {
		t.Fatalf("%+v", welcome)
	}
}

func TestAHostThatWaitsForItsDatabaseStillEndsWithItsWorker(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	s.startHost("--stand-in")
	s.say(wire.Hello{
		Version: wire.Version, Database: "postgres://nobody@127.0.0.1:1/none", Connections: 1,
		StandIn: s.server.Address(), StandInRoot: s.server.Root(),
	})
	s.connectAs(1, s.jid.String(), 500)
	if failed := s.expect("connect_failed"); failed.Why != wire.LinkDatabaseAway {
		t.Fatalf("%+v", failed)
	}
	_ = s.conn.Close()
	s.must(s.host.Wait())
}
