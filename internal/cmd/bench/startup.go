package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// timeToSchema starts a provider like the CLI and returns the time until its schema has
// arrived.
func timeToSchema(ctx context.Context, program string, env []string) (time.Duration, error) {
	command := exec.Command(program)
	command.Env = append(command.Environ(), env...)
	plugins := plugin.PluginSet{"provider": connection{}}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		VersionedPlugins: map[int]plugin.PluginSet{5: plugins, 6: plugins},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Cmd:              command,
		Logger:           hclog.NewNullLogger(),
	})
	defer client.Kill()
	begin := time.Now()
	protocol, err := client.Client()
	if err != nil {
		return 0, err
	}
	dispensed, err := protocol.Dispense("provider")
	if err != nil {
		return 0, err
	}
	conn, ok := dispensed.(*grpc.ClientConn)
	if !ok {
		return 0, fmt.Errorf("a connection is a %T", dispensed)
	}
	method := map[int]string{5: "/tfplugin5.Provider/GetSchema", 6: "/tfplugin6.Provider/GetProviderSchema"}[client.NegotiatedVersion()]
	// The request is empty. An empty message keeps unknown fields, so it can decode the
	// response as well.
	var schema emptypb.Empty
	if err := conn.Invoke(ctx, method, &emptypb.Empty{}, &schema, grpc.MaxCallRecvMsgSize(64<<20)); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	if len(schema.ProtoReflect().GetUnknown()) == 0 {
		return 0, fmt.Errorf("%s has no schema", program)
	}
	return took, nil
}

// connection is a plugin whose client is the connection itself.
type connection struct{ plugin.NetRPCUnsupportedPlugin }

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
