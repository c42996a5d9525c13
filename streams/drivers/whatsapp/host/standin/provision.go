package standin

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib" // The driver "pgx" of database/sql.
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"

	"mendline/whatsapp/session"
)

const (
	// enoughKeys is more than whatsmeow wants to see before it makes 800 new ones at its first login.
	enoughKeys = 10
	atOnce     = 4
)

// Number gives the number of the provisioned device of that place, from 1 on.
func Number(place int) string { return fmt.Sprintf("1555%07d", place) }

// Numbers gives the numbers of so many provisioned devices.
func Numbers(count int) []string {
	numbers := make([]string, count)
	for place := range numbers {
		numbers[place] = Number(place + 1)
	}
	return numbers
}

// Provision writes a session for each number into whatsmeow's tables, as if each had been paired here; those that
// are there stay as they are. It gives their JIDs.
func (s *Server) Provision(ctx context.Context, database string, numbers []string) ([]types.JID, error) {
	db, err := sql.Open("pgx", database)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(atOnce)
	container := sqlstore.NewWithDB(db, "postgres", nil)
	if err := upgrade(ctx, database); err != nil {
		return nil, err
	}
	jids := make([]types.JID, len(numbers))
	problems := make(chan error, atOnce)
	var working sync.WaitGroup
	for part := range atOnce {
		working.Go(func() {
			for place := part; place < len(numbers); place += atOnce {
				jids[place] = types.JID{User: numbers[place], Device: 1, Server: types.DefaultUserServer}
				if err := s.provision(ctx, db, container, jids[place]); err != nil {
					problems <- err
					return
				}
			}
		})
	}
	working.Wait()
	close(problems)
	return jids, <-problems
}

// upgrade makes the tables as a host does, one process after the other.
func upgrade(ctx context.Context, database string) error {
	opened, err := session.OpenStore(database, session.FewestConnections)
	if err != nil {
		return err
	}
	defer opened.Close()
	return opened.Upgrade(ctx)
}

func (s *Server) provision(ctx context.Context, db *sql.DB, container *sqlstore.Container, jid types.JID) error {
	known, err := container.GetDevice(ctx, jid)
	if err != nil || known != nil {
		return err
	}
	made := container.NewDevice()
	made.ID, made.LID, made.Platform = &jid, lidOf(jid), session.StandInPlatform
	signed, err := s.signedIdentity(jid.User, made.IdentityKey.Pub[:])
	if err != nil {
		return err
	}
	account := &waAdv.ADVSignedDeviceIdentity{DeviceSignature: make([]byte, 64)}
	if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(signed, account); err != nil {
		return err
	}
	made.Account = account
	if err := container.PutDevice(ctx, made); err != nil {
		return err
	}
	return s.giveKeys(ctx, db, made)
}

// giveKeys stores one-time keys as uploaded ones: a first login makes none then.
func (s *Server) giveKeys(ctx context.Context, db *sql.DB, made *store.Device) error {
	known := &device{
		noiseKey: *made.NoiseKey.Pub, identity: made.IdentityKey.Pub[:], registration: made.RegistrationID,
		signed: publicKey(made.SignedPreKey),
	}
	rows, values := make([]string, enoughKeys), []any{made.ID.String()}
	for place := range enoughKeys {
		key := keys.NewPreKey(uint32(place + 1))
		rows[place] = fmt.Sprintf("($1, %d, $%d, true)", place+1, place+2)
		values = append(values, key.Priv[:])
		known.uploaded = append(known.uploaded, publicKey(key))
	}
	insert := "INSERT INTO whatsmeow_pre_keys (jid, key_id, key, uploaded) VALUES " + strings.Join(rows, ", ")
	if _, err := db.ExecContext(ctx, insert, values...); err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.devices[*made.ID] = known
	return nil
}

func publicKey(key *keys.PreKey) preKey {
	number := []byte{byte(key.KeyID >> 16), byte(key.KeyID >> 8), byte(key.KeyID)}
	public := preKey{id: number, public: key.Pub[:]}
	if key.Signature != nil {
		public.signature = key.Signature[:]
	}
	return public
}
