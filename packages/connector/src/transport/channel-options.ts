/** TLS trust and identity. Bytes are PEM. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the system's: a path to a PEM file, or its bytes. */
  ca?: string | Uint8Array
  /** Client certificate chain: a path to a PEM file, or its bytes. Needs `key`. */
  cert?: string | Uint8Array
  /** Private key of the client certificate: a path to a PEM file, or its bytes. Needs `cert`. */
  key?: string | Uint8Array
  /** The name expected in the server's certificate, if it differs from the host. */
  serverName?: string
}

/** The TLS options of a channel, with all files read. */
export type TlsMaterial = { [Part in keyof TlsOptions]: Part extends 'serverName' ? string : Uint8Array }

/** Options for the connection to the cluster's proxy. For the protocol, see docs/protocol.md. */
export interface ChannelOptions {
  host: string
  /** The port. @default 443 with `secure`, otherwise 80 */
  port?: number
  /** Whether to use TLS. @default false */
  secure?: boolean
  tls?: TlsOptions
  /**
   * The time limit for connecting and logging in together, in milliseconds.
   * @default 10000
   */
  connectTimeoutMs?: number
  /** The idle time after which the connection is probed, in milliseconds. @default 30000 */
  keepaliveTimeMs?: number
  /**
   * The time limit for the answer to a probe, after which the connection counts as lost, in milliseconds. @default
   * 10000
   */
  keepaliveTimeoutMs?: number
  /** The largest message to receive, in bytes; -1 means no limit. @default -1 */
  maxReceiveMessageLength?: number
  /** The largest message to send, in bytes; -1 means no limit. @default 314572800 */
  maxSendMessageLength?: number
  /** The HTTP/2 flow control window, in bytes. @default 8388608 */
  flowControlWindowBytes?: number
  /** The compression of messages. On a fast network, compression costs more than it saves. @default 'none' */
  compression?: 'none' | 'gzip'
  /**
   * Whether a separate thread handles the network connection, which takes nearly all the cost of receiving off the
   * program's thread. All connections of a process with this option share one such thread. @default false
   */
  transportThread?: boolean
  /** Text added before this connector's own name and version in the `user-agent` header. */
  userAgent?: string
}

/** The options of a channel, all resolved and with all files read. */
export type ResolvedChannelOptions = Required<Omit<ChannelOptions, 'tls' | 'transportThread'>> & {
  readonly tls: TlsMaterial
}
