package standin

import (
	"context"
	"errors"

	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/util/keys"
	"google.golang.org/protobuf/proto"
)

// visitor is who a client says that it is.
type visitor struct {
	noiseKey [32]byte
	payload  *waWa6.ClientPayload
}

var errUnplayed = errors.New("the script ends the handshake")

// handshake is the server's half of Noise XX, as far as the script lets it come.
func (s *Server) handshake(ctx context.Context, f *frames, play *play) (*visitor, error) {
	if err := f.header(ctx); err != nil {
		return nil, err
	}
	hello, err := handshakeMessage(ctx, f)
	if err != nil {
		return nil, err
	}
	if play.does("hang-noise") {
		_, err := f.next(ctx)
		return nil, errors.Join(errUnplayed, err)
	}
	if play.does("cut-noise") {
		return nil, errUnplayed
	}
	state := newNoise(socket.WAConnHeader)
	theirs := hello.GetClientHello().GetEphemeral()
	state.authenticate(theirs)
	ours := keys.NewKeyPair()
	if err := s.greet(ctx, f, state, ours, theirs, play); err != nil {
		return nil, err
	}
	finish, err := handshakeMessage(ctx, f)
	if err != nil {
		return nil, err
	}
	who, err := finished(state, ours, finish.GetClientFinish())
	f.fromClient, f.toClient = state.split()
	return who, err
}

func (s *Server) greet(
	ctx context.Context, f *frames, state *noise, ours *keys.KeyPair, theirs []byte, play *play,
) error {
	state.authenticate(ours.Pub[:])
	if err := state.mix(ours.Priv[:], theirs); err != nil {
		return err
	}
	static := state.encrypt(s.static.Pub[:])
	if err := state.mix(s.static.Priv[:], theirs); err != nil {
		return err
	}
	root := s.root
	if play.does("bad-certificate") {
		root = keys.NewKeyPair()
	}
	chain, err := certificate(root, s.intermediate, s.static.Pub[:])
	if err != nil {
		return err
	}
	message, err := proto.Marshal(&waWa6.HandshakeMessage{ServerHello: &waWa6.HandshakeMessage_ServerHello{
		Ephemeral: ours.Pub[:], Static: static, Payload: state.encrypt(chain),
	}})
	if err != nil {
		return err
	}
	return f.put(ctx, message)
}

func finished(state *noise, ours *keys.KeyPair, said *waWa6.HandshakeMessage_ClientFinish) (*visitor, error) {
	static, err := state.decrypt(said.GetStatic())
	if err != nil {
		return nil, err
	}
	if err := state.mix(ours.Priv[:], static); err != nil {
		return nil, err
	}
	plain, err := state.decrypt(said.GetPayload())
	if err != nil {
		return nil, err
	}
	var payload waWa6.ClientPayload
	return &visitor{[32]byte(static), &payload}, proto.Unmarshal(plain, &payload)
}

func handshakeMessage(ctx context.Context, f *frames) (*waWa6.HandshakeMessage, error) {
	frame, err := f.next(ctx)
	if err != nil {
		return nil, err
	}
	var message waWa6.HandshakeMessage
	return &message, proto.Unmarshal(frame, &message)
}
