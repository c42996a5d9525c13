// The stand-in plays WhatsApp's server on this machine, for demonstrations, tests and benchmarks. It is not WhatsApp.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"mendline/whatsapp/standin"
)

const longestLine = 64 << 10

// options are what the command line says.
type options struct {
	listen, control, ledger, script, seed, database, devices string
	provision                                                int
}

func main() {
	asked := options{}
	flag.StringVar(&asked.listen, "listen", "127.0.0.1:0", "where hosts connect to: IP:PORT on loopback")
	flag.StringVar(&asked.control, "control", "127.0.0.1:0", "where orders are taken, over HTTP: IP:PORT on loopback")
	flag.StringVar(&asked.ledger, "ledger", "", "the file that gets a line for everything that happens")
	flag.StringVar(&asked.script, "script", "", "a file that says what goes wrong (standin/script.go has the words)")
	flag.StringVar(&asked.seed, "seed", "", "makes the same keys again; else new ones")
	flag.StringVar(&asked.database, "database", "", "the database whose tables get provisioned devices")
	flag.IntVar(&asked.provision, "provision", 0, "how many paired devices to write there, before it listens")
	flag.StringVar(&asked.devices, "devices", "", "the file that gets their JIDs, a line each")
	flag.Parse()
	if err := run(&asked); err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}

func run(asked *options) error {
	for _, address := range []string{asked.listen, asked.control} {
		if parsed, err := netip.ParseAddrPort(address); err != nil || !parsed.Addr().IsLoopback() {
			return fmt.Errorf("%q is not IP:PORT on loopback: a stand-in serves this machine only", address)
		}
	}
	if asked.ledger == "" {
		return errors.New("--ledger is missing: name the file that gets what happens")
	}
	script, err := scriptOf(asked.script)
	if err != nil {
		return err
	}
	ledger, err := openLedger(asked.ledger)
	if err != nil {
		return err
	}
	defer ledger.Close()
	server, err := standin.Listen(asked.listen, secretOf(asked.seed), script, ledger)
	if err != nil {
		return err
	}
	defer server.Close()
	return serve(server, asked)
}

func serve(server *standin.Server, asked *options) error {
	if asked.provision > 0 {
		if err := provision(server, asked); err != nil {
			return err
		}
	}
	control, err := server.Control(asked.control)
	if err != nil {
		return err
	}
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	fmt.Fprintln(os.Stderr, "standin: this is a stand-in, not WhatsApp: nothing leaves this machine")
	err = json.NewEncoder(os.Stdout).Encode(map[string]string{
		"address": server.Address(), "root": server.Root(), "control": control.Addr().String(),
	})
	<-ended.Done()
	return err
}

func provision(server *standin.Server, asked *options) error {
	jids, err := server.Provision(context.Background(), asked.database, standin.Numbers(asked.provision))
	if err != nil {
		return fmt.Errorf("provisioning: %w", err)
	}
	if asked.devices == "" {
		return nil
	}
	lines := make([]string, len(jids))
	for place, jid := range jids {
		lines[place] = jid.String()
	}
	return os.WriteFile(asked.devices, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func scriptOf(path string) (*standin.Script, error) {
	if path == "" {
		return standin.ReadScript("")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return standin.ReadScript(string(text))
}

func secretOf(seed string) []byte {
	if seed != "" {
		return []byte(seed)
	}
	return []byte(rand.Text())
}

// openLedger appends to a file, without the last line that a killed stand-in did not finish.
func openLedger(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := file.Seek(0, 2)
	if err != nil {
		return nil, err
	}
	start := max(0, size-longestLine)
	tail := make([]byte, size-start)
	if _, err := file.ReadAt(tail, start); err != nil {
		return nil, err
	}
	return file, file.Truncate(start + int64(bytes.LastIndexByte(tail, '\n')) + 1)
}
