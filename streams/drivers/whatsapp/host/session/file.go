package session

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	// tinyFile is what any number of sends may hold, so that a server that is slow from the first byte on keeps no place.
	tinyFile  = 32 << 10
	smallFile = 1 << 20
	// A file is in memory some four times until it is uploaded: as read, encrypted, and while either grows.
	manySmall = 64
	fewLarge  = 2
)

var errNoRoom = errors.New("too many files of that size are sent at once")

// file is what a medium's address gave, with the places that it takes.
type file struct {
	bytes  []byte
	mime   string
	places []chan struct{}
}

// room has places for files up to a size.
type room struct {
	most   int
	places chan struct{}
}

// rooms bound what files take in memory, however many sends want some at once; the smaller ones come first.
type rooms []room

func newRooms() rooms {
	return rooms{{smallFile, make(chan struct{}, manySmall)}, {largestFile, make(chan struct{}, fewLarge)}}
}

// read takes a place in one room after the other, as far as the file turns out to need them.
func (r rooms) read(ctx context.Context, body io.Reader, into *file) error {
	whole, err := into.fill(body, tinyFile)
	for _, each := range r {
		if whole || err != nil {
			break
		}
		if err = into.enter(ctx, each); err == nil {
			whole, err = into.fill(body, each.most)
		}
	}
	if err == nil && (!whole || len(into.bytes) == 0) {
		return fmt.Errorf("%w: it has %d bytes, from 1 to %d can be sent", errRefused, len(into.bytes), largestFile)
	}
	return err
}

// fill reads up to one byte more than so many: that byte shows that it is not the whole file.
func (f *file) fill(body io.Reader, most int) (whole bool, err error) {
	more, err := io.ReadAll(io.LimitReader(body, int64(most+1-len(f.bytes))))
	f.bytes = append(f.bytes, more...)
	return len(f.bytes) <= most, err
}

func (f *file) enter(ctx context.Context, room room) error {
	select {
	case room.places <- struct{}{}:
		f.places = append(f.places, room.places)
		return nil
	case <-ctx.Done():
		return errNoRoom
	}
}

// leave gives the file's places to others.
func (f *file) leave() {
	for _, place := range f.places {
		<-place
	}
	f.places = nil
}
