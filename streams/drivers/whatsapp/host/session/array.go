package session

import (
	"database/sql/driver"

	"github.com/jackc/pgx/v5/pgtype"
)

type sqlDriverValuer = driver.Valuer

// arrayOf lets database/sql carry a slice as PostgreSQL's array.
type arrayOf struct {
	types  *pgtype.Map
	values any
}

func (a arrayOf) Value() (driver.Value, error) {
	switch values := a.values.(type) {
	case []string:
		return a.text(pgtype.TextArrayOID, values)
	default:
		return a.text(pgtype.ByteaArrayOID, values)
	}
}

func (a arrayOf) text(oid uint32, values any) (driver.Value, error) {
	encoded, err := a.types.Encode(oid, pgtype.TextFormatCode, values, nil)
	return string(encoded), err
}

func (a arrayOf) Scan(source any) error {
	return a.types.SQLScanner(a.values).Scan(source)
}
