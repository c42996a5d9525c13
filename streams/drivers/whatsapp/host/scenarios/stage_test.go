// Package scenarios plays the host, as it is built, against the stand-in.
package scenarios

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/whatsmeow/types"

	"mendline/whatsapp/session"
	"mendline/whatsapp/standin"
	"mendline/whatsapp/wire"
)

const (
	databaseVariable = "MENDLINE_SCENARIOS_DATABASE"
	secret           = "scenarios"
	patience         = 15 * time.Second
	deadlineMS       = 8000
	noteMS           = 2000
)

var (
	program  string
	database string
	places   atomic.Int64
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	database = os.Getenv(databaseVariable)
	if database == "" {
		fmt.Fprintf(os.Stderr, "%s has to be the address of an empty PostgreSQL database\n", databaseVariable)
		return 1
	}
	folder, err := os.MkdirTemp("", "scenarios-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "host")
	built := exec.Command("go", "build", "-o", program, "mendline/whatsapp")
	built.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := built.CombinedOutput(); err != nil {
		fmt.Fprintln(os.Stderr, string(output))
		return 1
	}
	session.UseArrays()
	return m.Run()
}

// stage is a stand-in, a host, and one device that is paired: `phone`.
type stage struct {
	*testing.T
	server *standin.Server
	ledger *lockedBuffer
	host   *exec.Cmd
	conn   net.Conn
	said   chan heard
	deaf   atomic.Bool
	rest   []heard
	jid    types.JID
	asked  int64
}

// heard is any message of the host's.
type heard struct {
	Type, Why, Detail, Step, JID, Chat, Value, Text, Sender, Media string
	ID, Link, Code, Until, Version, Links                          int64
	Kind                                                           string
	DeviceID                                                       string   `json:"device_id"`
	WhatsappID                                                     string   `json:"whatsapp_id"`
	WhatsappIDs                                                    []string `json:"whatsapp_ids"`
	ReplyTo                                                        string   `json:"reply_to"`
	SenderPhone                                                    string   `json:"sender_phone"`
	Written, Told                                                  bool
	StandIn                                                        bool `json:"stand_in"`
	IsGroup                                                        bool `json:"is_group"`
	Shortened                                                      bool
	Connections                                                    int64 `json:"database_connections"`
}

// lockedBuffer is a ledger that can be read while it is written.
type lockedBuffer struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.Write(text)
}

func (b *lockedBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.String()
}

// newStage begins with a host that has been welcomed.
func newStage(t *testing.T, script string) *stage {
	t.Helper()
	return newStageWith(t, script, func(*wire.Hello) {})
}

// newStageWith begins with a host that was told something else first.
func newStageWith(t *testing.T, script string, told func(*wire.Hello)) *stage {
	t.Helper()
	t.Parallel()
	s := newServer(t, script)
	s.startHost("--stand-in")
	s.helloWith(wire.Version, told)
	s.expect("welcome")
	return s
}

func newServer(t *testing.T, script string) *stage {
	t.Helper()
	read, err := standin.ReadScript(strings.ReplaceAll(script, "; ", "\n"))
	s := &stage{T: t, ledger: &lockedBuffer{}}
	s.must(err)
	s.server, err = standin.Listen("127.0.0.1:0", []byte(secret), read, s.ledger)
	s.must(err)
	t.Cleanup(s.server.Close)
	jids, err := s.server.Provision(context.Background(), database, []string{standin.Number(int(places.Add(1)))})
	s.must(err)
	s.jid = jids[0]
	return s
}

func (s *stage) startHost(arguments ...string) {
	s.Helper()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	s.must(err)
	theirs, ours := os.NewFile(uintptr(pair[0]), "theirs"), os.NewFile(uintptr(pair[1]), "ours")
	s.host = exec.Command(program, arguments...)
	s.host.Stdin, s.host.Stderr = theirs, os.Stderr
	s.must(s.host.Start())
	_ = theirs.Close()
	s.conn, err = net.FileConn(ours)
	s.must(err)
	_ = ours.Close()
	s.said = make(chan heard, 1000)
	go s.listen(s.conn, s.said)
	host, conn := s.host, s.conn
	s.Cleanup(func() {
		_ = conn.Close()
		_ = host.Wait()
	})
}

// listen notes what comes in, unless the worker is deaf to it.
func (s *stage) listen(conn net.Conn, said chan<- heard) {
	defer close(said)
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, wire.LongestLine)
	for lines.Scan() {
		var message heard
		if json.Unmarshal(lines.Bytes(), &message) == nil {
			said <- message
			if !s.deaf.Load() && (message.Type == "incoming" || message.Type == "receipt") {
				s.note(conn, message.ID)
			}
		}
	}
}

func (s *stage) note(conn net.Conn, id int64) {
	if line, err := wire.Encode(wire.Noted{ID: id}); err == nil {
		_, _ = conn.Write(line)
	}
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) say(message wire.Message) {
	s.Helper()
	line, err := wire.Encode(message)
	s.must(err)
	_, err = s.conn.Write(line)
	s.must(err)
}

func (s *stage) hello(version int64) {
	s.Helper()
	s.helloWith(version, func(*wire.Hello) {})
}

func (s *stage) helloWith(version int64, told func(*wire.Hello)) {
	s.Helper()
	hello := wire.Hello{
		Version: version, Worker: "w1", Database: database, Connections: 3, MemoryMB: 200, Dials: 8, MediaPrivate: true, NoteMS: noteMS,
		Log: os.Getenv("MENDLINE_SCENARIOS_LOG"), StandIn: s.server.Address(), StandInRoot: s.server.Root(),
	}
	told(&hello)
	s.say(hello)
}

// expect waits for a message of a type; others that come before it are kept for later.
func (s *stage) expect(kind string) heard {
	s.Helper()
	for place, message := range s.rest {
		if message.Type == kind {
			s.rest = append(s.rest[:place:place], s.rest[place+1:]...)
			return message
		}
	}
	late := time.After(patience)
	for {
		select {
		case message, open := <-s.said:
			if !open {
				s.Fatalf("the host ended; waited for %s", kind)
			}
			if message.Type == kind {
				return message
			}
			s.rest = append(s.rest, message)
		case <-late:
			s.Fatalf("no %s came, only %+v", kind, s.rest)
		}
	}
}

// silent checks that no message of a type comes for a while.
func (s *stage) silent(kind string) {
	s.Helper()
	late := time.After(300 * time.Millisecond)
	for {
		select {
		case message := <-s.said:
			s.rest = append(s.rest, message)
		case <-late:
			for _, message := range s.rest {
				if message.Type == kind {
					s.Fatalf("an unexpected %+v", message)
				}
			}
			return
		}
	}
}

func (s *stage) number() int64 {
	s.asked++
	return s.asked
}

// phone is the device's name: of its own in every scenario, as its number is.
func (s *stage) phone() string { return "phone" }

func (s *stage) connect(link int64) {
	s.Helper()
	s.connectAs(link, s.jid.String(), deadlineMS)
}

func (s *stage) connectAs(link int64, jid string, deadline int64) {
	s.Helper()
	s.say(wire.Connect{ID: s.number(), DeviceID: s.phone(), Link: link, JID: jid, DeadlineMS: deadline})
}

// up connects, and waits until the link is up.
func (s *stage) up(link int64) {
	s.Helper()
	s.connect(link)
	if connected := s.expect("connected"); connected.Link != link {
		s.Fatalf("another link is up: %+v", connected)
	}
}

const messageID = "00112233445566778899aabbccddeeff"

func text(to string) wire.Send {
	return wire.Send{MessageID: messageID, Attempt: 1, To: to, Text: "hello", TimeoutMS: 5000}
}

// send asks for a send over link 1.
func (s *stage) send(message wire.Send) int64 {
	s.Helper()
	message.ID, message.DeviceID = s.number(), s.phone()
	message.Link = max(1, message.Link)
	s.say(message)
	return message.ID
}

// noted gives what the ledger has, in order.
func (s *stage) noted() []string {
	var found []string
	for _, line := range strings.Split(strings.TrimSpace(s.ledger.String()), "\n") {
		var entry standin.Entry
		if json.Unmarshal([]byte(line), &entry) == nil {
			found = append(found, entry.What)
		}
	}
	return found
}

// ledgered waits until the ledger has exactly that.
func (s *stage) ledgered(expected ...string) {
	s.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		found := s.noted()
		if strings.Join(found, " ") == strings.Join(expected, " ") {
			return
		}
		if time.Now().After(until) {
			s.Fatalf("the ledger has %q, not %q", found, expected)
		}
	}
}

// write changes the tables behind the host's back.
func (s *stage) write(statement string, values ...any) {
	s.Helper()
	config, err := pgx.ParseConfig(database)
	s.must(err)
	db := stdlib.OpenDB(*config)
	defer db.Close()
	_, err = db.Exec(statement, values...)
	s.must(err)
}

// stored tells whether the device's session is in the tables.
func (s *stage) stored(jid string) bool {
	s.Helper()
	config, err := pgx.ParseConfig(database)
	s.must(err)
	db := stdlib.OpenDB(*config)
	defer db.Close()
	var found int
	err = db.QueryRow("SELECT 1 FROM whatsmeow_device WHERE jid = $1", jid).Scan(&found)
	if err != nil && err != sql.ErrNoRows {
		s.must(err)
	}
	return err == nil
}
