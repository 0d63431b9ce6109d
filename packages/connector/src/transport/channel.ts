import {
  type ChannelCredentials,
  Client,
  compressionAlgorithms,
  credentials,
  type ChannelOptions as GrpcChannelOptions,
} from '@grpc/grpc-js'
import type { ChannelOptions, TlsMaterial } from './channel-options.ts'
import { GrpcChannel } from './grpc-channel.ts'

/** The options of a channel, every one decided and every file read. */
export type ResolvedChannelOptions = Required<Omit<ChannelOptions, 'tls' | 'transportThread'>> & {
  readonly tls: TlsMaterial
}

const GRPC_COMPRESSION = {
  none: compressionAlgorithms.identity,
  gzip: compressionAlgorithms.gzip,
} as const satisfies Record<ResolvedChannelOptions['compression'], compressionAlgorithms>

/** Opens a channel of its own to the cluster's proxy. It connects when the first call is made. */
export function openChannel(options: ResolvedChannelOptions): GrpcChannel {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return new GrpcChannel(new Client(`dns:${host}:${options.port}`, channelCredentials(options), grpcOptions(options)))
}

function channelCredentials({ secure, tls }: ResolvedChannelOptions): ChannelCredentials {
  if (!secure) return credentials.createInsecure()
  const bytes = (part: Uint8Array | undefined) => (part ? Buffer.from(part) : null)
  return credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert))
}

function grpcOptions(options: ResolvedChannelOptions): GrpcChannelOptions {
  const { serverName } = options.tls
  return {
    'grpc.max_receive_message_length': options.maxReceiveMessageLength,
    'grpc.max_send_message_length': options.maxSendMessageLength,
    'grpc-node.flow_control_window': options.flowControlWindowBytes,
    'grpc.keepalive_time_ms': options.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.primary_user_agent': options.userAgent,
    'grpc.default_compression_algorithm': GRPC_COMPRESSION[options.compression],
    // What may be repeated is decided in session/recovery.ts, but for a refused access token, and nowhere below these.
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    // A connection of its own: one that breaks takes no other with it.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
    ...(serverName ? { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName } : {}),
  }
}
