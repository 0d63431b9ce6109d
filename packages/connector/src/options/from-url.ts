import type { OptionName } from './connect-options.ts'
import type { GivenOption, GivenOptions } from './given-options.ts'
import { OPTION_NAMES, OPTION_TABLE } from './option-table.ts'
import { unknownOption } from './unknown-option.ts'

/** SQLAlchemy appends the driver's name after a plus sign. */
const SCHEME = /^(jdbc:)?e6data(\+\w+)?:\/\//i
const SOURCE = 'the URL'

/** Names that other drivers' URLs use for a URL parameter. */
const PARAMETER_ALIASES: Readonly<Record<string, OptionName>> = {
  user: 'username',
  // Source: the dialect of the Python connector, which passes unknown parameters to gRPC.
  schema: 'database',
  keepalive_time_ms: 'keepaliveTimeMs',
  keepalive_timeout_ms: 'keepaliveTimeoutMs',
  max_receive_message_length: 'maxReceiveMessageLength',
  max_send_message_length: 'maxSendMessageLength',
}

/** Parameters of the Python connector's SQLAlchemy URLs that have no effect here. */
const IGNORED_PARAMETERS: ReadonlySet<string> = new Set([
  'debug',
  'enable_result_batch_v2',
  'keepalive_permit_without_calls',
  'http2_max_pings_without_data',
  'http2_min_time_between_pings_ms',
  'http2_min_ping_interval_without_data_ms',
])

const PARAMETERS: ReadonlyMap<string, OptionName> = new Map([
  ...OPTION_NAMES.flatMap((name): [string, OptionName][] => {
    const { url } = OPTION_TABLE[name]
    if (url === undefined) return []
    // Parts of the address can also be given as query parameters, which the JDBC form requires.
    return [[url === 'address' ? name : url.parameter, name]]
  }),
  ...Object.entries(PARAMETER_ALIASES),
])

/**
 * Parses `e6data://user:token@host:443/catalog/database?cluster-name=…`, or the JDBC form
 * `jdbc:e6data://host:443/database=…&catalog=…`. Every part may be percent-encoded; a plus sign is a plus sign. Faults
 * never show the URL, because it may contain the token.
 */
export function optionsFromUrl(text: string): GivenOptions {
  const reading = new UrlReading()
  if (!SCHEME.test(text)) {
    return reading.fault('the URL must start with e6data:// or jdbc:e6data://')
  }
  const address = parseAddress(text)
  if (!address) {
    return reading.fault(
      'the URL cannot be parsed; it must have the form e6data://user:token@host:port/catalog/database?name=value, ' +
        'with characters other than letters, digits and -._~ in the user name and token percent-encoded',
    )
  }
  if (address.hash !== '') reading.fault('the URL has a part after #; write %23 for that character')
  reading.address(address)
  if (/^jdbc:/i.test(text)) reading.jdbcPath(address.pathname)
  else reading.path(address.pathname)
  reading.parameters(address.search.slice(1))
  return reading
}

/** Returns the WHATWG parser's result. Its error is dropped, because it contains the URL. */
function parseAddress(text: string): URL | undefined {
  const plain = text.replace(/^jdbc:/i, '')
  return URL.canParse(plain) ? new URL(plain) : undefined
}

class UrlReading implements GivenOptions {
  readonly options = new Map<OptionName, GivenOption>()
  readonly faults: string[] = []
  readonly ignored: string[] = []

  fault(fault: string): this {
    this.faults.push(fault)
    return this
  }

  address({ hostname, port, username, password }: URL): void {
    if (hostname !== '') this.#give('host', hostname)
    if (port !== '') this.#give('port', port)
    if (username !== '') this.#give('username', username)
    if (password !== '') this.#give('password', password)
  }

  path(path: string): void {
    const [catalog, database, ...rest] = path.split('/').slice(1)
    if (catalog) this.#give('catalog', catalog)
    if (database) this.#give('database', database)
    if (rest.some((part) => part !== '') || (database && !catalog)) {
      this.fault('the path of the URL must be /catalog, /catalog/database or nothing')
    }
  }

  /** In the JDBC form, the apparent path holds the parameters. */
  jdbcPath(path: string): void {
    this.parameters(path.slice(1))
  }

  parameters(text: string): void {
    for (const pair of text.split('&')) {
      if (pair === '') continue
      const equals = pair.indexOf('=')
      const parameter = equals === -1 ? pair : pair.slice(0, equals)
      const name = PARAMETERS.get(parameter)
      if (IGNORED_PARAMETERS.has(parameter)) this.ignored.push(`the parameter ${parameter} of the URL`)
      else if (!name) this.fault(unknownOption(parameter, [...PARAMETERS.keys()], { of: 'of the URL' }))
      else if (equals === -1) this.fault(`the parameter ${parameter} of the URL has no value`)
      else this.#give(name, pair.slice(equals + 1))
    }
  }

  #give(name: OptionName, encoded: string): void {
    const text = decoded(encoded)
    if (text === undefined) this.fault(`${name} is not percent-encoded correctly in the URL`)
    else if (this.options.has(name)) this.fault(`${name} occurs twice in the URL`)
    else this.options.set(name, { value: OPTION_TABLE[name].kind.fromText?.(text), source: SOURCE })
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
