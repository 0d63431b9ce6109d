/** How TLS trusts and identifies itself. Bytes are PEM. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the system's: a path to a PEM file, or its bytes. */
  ca?: string | Uint8Array
  /** Client certificate chain: a path to a PEM file, or its bytes. Needs `key`. */
  cert?: string | Uint8Array
  /** Private key of the client certificate: a path to a PEM file, or its bytes. Needs `cert`. */
  key?: string | Uint8Array
  /** The name to expect in the server's certificate, when it is not the host that is dialled. */
  serverName?: string
}

/** TLS as the channel takes it: every path already read. */
export type TlsMaterial = { [Part in keyof TlsOptions]: Part extends 'serverName' ? string : Uint8Array }

/** The connection to the cluster's proxy. The defaults are those in use today; see docs/protocol.md. */
export interface ChannelOptions {
  host: string
  /** @default 443 when `secure`, else 80 */
  port?: number
  /** Whether to use TLS. @default false */
  secure?: boolean
  tls?: TlsOptions
  /**
   * How long connecting and logging in may take together, in milliseconds.
   * @default 10000
   */
  connectTimeoutMs?: number
  /** Silence after which the connection is probed, in milliseconds. @default 30000 */
  keepaliveTimeMs?: number
  /** How long a probe may go unanswered before the connection counts as lost, in milliseconds. @default 10000 */
  keepaliveTimeoutMs?: number
  /** Largest message taken, in bytes; -1 is unlimited. @default -1 */
  maxReceiveMessageLength?: number
  /** Largest message sent, in bytes; -1 is unlimited. @default 314572800 */
  maxSendMessageLength?: number
  /** HTTP/2 flow control window, in bytes. @default 8388608 */
  flowControlWindowBytes?: number
  /** Compression of messages. Off by default: on a fast network it costs more than it saves. @default 'none' */
  compression?: 'none' | 'gzip'
  /**
   * Whether the connection is held by a thread beside the program's, so that receiving costs the program's thread next to
   * nothing. All connections of a process that ask for it share one such thread. @default false
   */
  transportThread?: boolean
  /** Put in front of this connector's own name and version in the `user-agent` header. */
  userAgent?: string
}

/** The options of a channel, every one decided and every file read. */
export type ResolvedChannelOptions = Required<Omit<ChannelOptions, 'tls' | 'transportThread'>> & {
  readonly tls: TlsMaterial
}
