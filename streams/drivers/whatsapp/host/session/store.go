package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
)

// UpgradeLock keeps two hosts from changing the tables at once (a PostgreSQL advisory lock).
const UpgradeLock = 0x4d656e64

// FewestConnections is what changing the tables takes: one has the lock.
const FewestConnections = 2

const idleTime = 30 * time.Second

// ErrUnknownJID: a link needs the stored session of exactly that JID.
var ErrUnknownJID = errors.New("no session is stored for this JID")

// Store is whatsmeow's tables, over one small pool.
type Store struct {
	db        *sql.DB
	container *sqlstore.Container
}

// OpenStore prepares a pool of so many, at least FewestConnections; nothing is dialled yet.
func OpenStore(address string, connections int) (*Store, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the database's address cannot be understood")
	}
	db := stdlib.OpenDB(*config)
	connections = max(FewestConnections, connections)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(idleTime)
	return &Store{db, sqlstore.NewWithDB(db, "postgres", nil)}, nil
}

// UseArrays lets the store ask for many rows at once; once for the whole process.
func UseArrays() {
	types := pgtype.NewMap()
	sqlstore.PostgresArrayWrapper = func(values any) interface {
		sqlDriverValuer
		sql.Scanner
	} {
		return arrayOf{types, values}
	}
}

// Upgrade makes or changes the tables.
func (s *Store) Upgrade(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", UpgradeLock); err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", UpgradeLock)
	return s.container.Upgrade(ctx)
}

// Device gives a stored session, or ErrUnknownJID; sqlstore.ErrInvalidLength where its keys are damaged.
func (s *Store) Device(ctx context.Context, jid string) (*store.Device, error) {
	parsed, err := types.ParseJID(jid)
	// GetDevice answers "unknown" with nil and no error, also for a JID without its device number.
	if err != nil || parsed.Device == 0 || parsed.Server != types.DefaultUserServer {
		return nil, ErrUnknownJID
	}
	device, err := s.container.GetDevice(ctx, parsed)
	if err != nil {
		return nil, fmt.Errorf("reading the session: %w", err)
	}
	if device == nil {
		return nil, ErrUnknownJID
	}
	device.Container = keeper{s.container}
	return strict(device), nil
}

// NewDevice makes keys for a pairing; nothing is stored before it succeeds.
func (s *Store) NewDevice() *store.Device {
	device := s.container.NewDevice()
	device.Container = keeper{s.container}
	return device
}

// Forget deletes a session with all its keys.
func (s *Store) Forget(ctx context.Context, jid types.JID) error {
	return s.container.DeleteDevice(ctx, &store.Device{ID: &jid})
}

// Connections counts those that are open.
func (s *Store) Connections() int { return s.db.Stats().OpenConnections }

// Close ends them all.
func (s *Store) Close() { _ = s.db.Close() }

// keeper is a container that deletes nothing: whatsmeow would delete a session as soon as it is logged out.
type keeper struct{ container *sqlstore.Container }

func (k keeper) PutDevice(ctx context.Context, device *store.Device) error {
	err := k.container.PutDevice(ctx, device)
	// The first PutDevice of a device puts the container itself in our place.
	device.Container = k
	return err
}

func (keeper) DeleteDevice(context.Context, *store.Device) error { return nil }
