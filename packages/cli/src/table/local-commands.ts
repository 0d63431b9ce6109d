import type { ArgumentSpec, CommandSection, CommandSpec, OptionSpec } from './command-spec.ts'
import { JSON_OPTION } from './shared-options.ts'
import { anyText, duration, oneOf, wholeNumber } from './value-kinds.ts'

const STRATEGIES = ['blue', 'green'] as const

function strategy(about: string, required = false): ArgumentSpec {
  return { value: 'STRATEGY', required, kind: oneOf(...STRATEGIES), choices: STRATEGIES, about }
}

/** Describes a command that is one call of the local cluster's admin API. */
function step(
  spec: Pick<CommandSpec, 'name' | 'about' | 'description'> & {
    does: string
    argument?: ArgumentSpec
    words?: string
    options?: readonly OptionSpec[]
  },
): CommandSpec {
  const { does, argument, words = '', options = [], ...facts } = spec
  return {
    ...facts,
    arguments: argument ? [argument] : [],
    options: [...options, JSON_OPTION],
    examples: [{ does, command: `e6data ${spec.name}${words}` }],
  }
}

const NOT_ACCEPTING: OptionSpec = {
  flag: 'not-accepting',
  about: 'The deployment accepts no clients yet; `e6data local accept` changes that.',
}

const UP: CommandSpec = {
  name: 'local up',
  about: 'Start a local cluster: two engines behind a router',
  description: [
    'Two DuckDB engines, blue and green, serve the same data behind one port that behaves as the hosted proxy does. They ' +
      'run until Ctrl-C, or with --detach in the background until `e6data local down`.',
    'Other commands use it as the profile `local`. Its address and token are kept in a file that only you can read, and ' +
      'stay the same at the next start, so that programs and open shells survive a restart.',
  ],
  options: [
    { flag: 'detach', about: 'Run in the background.' },
    {
      flag: 'port',
      value: 'PORT',
      kind: wholeNumber(0, 65_535),
      about: 'The port for clients.',
      default: 'the last one, else a free one',
    },
    {
      flag: 'admin-port',
      value: 'PORT',
      kind: wholeNumber(0, 65_535),
      about: 'The port of the admin API and the console.',
      default: 'the last one, else a free one',
    },
    {
      flag: 'data',
      value: 'FOLDER',
      kind: anyText,
      completes: 'folder',
      about: 'A folder of Parquet, CSV and JSON files, one table per file.',
      default: 'a small retail company',
    },
    {
      flag: 'rows',
      value: 'N',
      kind: wholeNumber(1, 1_000_000_000),
      about: 'Number of orders in the built-in data.',
      default: '1000000',
    },
    {
      flag: 'batch-rows',
      value: 'N',
      kind: wholeNumber(1, 10_000_000),
      about: 'Maximum number of rows in a batch.',
      default: '20000',
    },
    {
      flag: 'initial',
      value: 'STRATEGY',
      kind: oneOf(...STRATEGIES),
      choices: STRATEGIES,
      about: 'The strategy that is active first.',
      default: 'blue',
    },
    { flag: 'tls', about: 'Serve over TLS, with a certificate for this cluster only.' },
    { flag: 'suspended', about: 'Start suspended.' },
    { flag: 'resume-time', value: 'TIME', kind: duration, about: 'Duration of a resume.', default: '250ms' },
    {
      flag: 'in-process',
      about: 'Run both engines in one process: starts faster, but an engine cannot be killed alone.',
    },
    JSON_OPTION,
  ],
  examples: [
    { does: 'Start a cluster and open a shell on it', command: 'e6data local up --detach && e6data shell -P local' },
    { does: 'Serve your own files as tables', command: 'e6data local up --data ./exports' },
  ],
}

const FAULT: CommandSpec = {
  name: 'local fault',
  about: 'Inject a fault into future calls, list the faults, or remove them',
  description: [
    'FIELD=VALUE selects the calls and describes the fault. The fields method, service, strategy, queryId, query, ' +
      'sessionId, occurrence (a number or `every`), times and countPer select calls. All others belong to the fault, such ' +
      'as status of http-status.',
    'Without arguments the active faults are listed.',
  ],
  arguments: [
    {
      value: 'KIND',
      required: false,
      kind: anyText,
      choices: [
        'delay',
        'hold',
        'reset',
        'http-status',
        'grpc-status',
        'goaway',
        'new-strategy',
        'session-id',
        'empty-batch',
        'truncate',
        'corrupt',
        'response-headers',
        'response-trailers',
      ],
      about: 'The effect on the calls.',
    },
    {
      value: 'FIELD=VALUE',
      required: false,
      variadic: true,
      kind: anyText,
      about: 'The details of the fault, and the calls it hits.',
    },
  ],
  options: [
    { flag: 'clear', about: 'Remove all faults.' },
    { flag: 'remove', value: 'ID', kind: wholeNumber(1), about: 'Remove a fault.' },
    { flag: 'release', value: 'ID', kind: wholeNumber(1), about: 'Release the calls that a `hold` holds.' },
    JSON_OPTION,
  ],
  examples: [
    {
      does: 'Refuse the third fetch with 456',
      command: 'e6data local fault http-status status=456 method=getNextResultBatch occurrence=3',
    },
    { does: 'Delay every call by half a second', command: 'e6data local fault delay ms=500 occurrence=every' },
    { does: 'Remove all faults', command: 'e6data local fault --clear' },
  ],
}

const DEPLOY_OPTIONS: readonly OptionSpec[] = [
  {
    flag: 'accept-after',
    value: 'TIME',
    kind: duration,
    about: 'Delay between the announcement and accepting clients.',
    default: 'at once',
  },
  {
    flag: 'cut-over-after',
    value: 'TIME',
    kind: duration,
    about: 'Delay between accepting clients and the cut-over.',
    default: '200ms',
  },
  {
    flag: 'drain-timeout',
    value: 'TIME',
    kind: duration,
    about: 'Time limit for running queries on the old deployment.',
    default: '10s',
  },
]

export const LOCAL_COMMANDS: CommandSection = {
  title: 'Run a local cluster',
  commands: [
    UP,
    {
      name: 'local down',
      about: 'Stop the local cluster',
      description: ['Stops it gracefully and waits until it has ended. Its data are deleted.'],
      options: [JSON_OPTION],
      examples: [{ does: 'Stop', command: 'e6data local down' }],
    },
    step({
      name: 'local status',
      about: 'Show the state of the local cluster',
      description: ['Shows the deployments, the engines, the addresses and the active faults.'],
      does: 'Look',
    }),
    step({
      name: 'local announce',
      about: 'Announce the next strategy to clients',
      description: [
        "The active deployment's answers name the next one from now on. Clients log in there and move automatically.",
      ],
      argument: strategy('The next strategy. Default: the inactive one.'),
      options: [NOT_ACCEPTING],
      does: 'Announce green, which does not accept clients yet',
      words: ' green --not-accepting',
    }),
    step({
      name: 'local accept',
      about: 'Make the announced deployment accept clients',
      description: ['Needed only after --not-accepting.'],
      argument: strategy('The announced strategy.', true),
      does: 'Make green accept clients',
      words: ' green',
    }),
    step({
      name: 'local cutover',
      about: 'Switch new work to the other deployment',
      description: ['The old deployment refuses new work with 456 and finishes the queries it runs.'],
      options: [NOT_ACCEPTING],
      does: 'Cut over',
    }),
    step({
      name: 'local retire',
      about: 'Retire the draining deployment',
      description: ['Queries that still run on it end with an error.'],
      argument: strategy('The strategy to retire. Default: the draining one.'),
      does: 'Retire blue',
      words: ' blue',
    }),
    step({
      name: 'local rollback',
      about: 'Roll a switch back, before or after its cut-over',
      description: ['The old deployment becomes active again; queries on the other one finish.'],
      does: 'Back',
    }),
    step({
      name: 'local deploy',
      about: 'Run a complete switch: announce, cut over, drain, retire',
      description: ['Queries that run meanwhile do not fail.'],
      options: DEPLOY_OPTIONS,
      does: 'Switch slowly, to watch',
      words: ' --cut-over-after 5s',
    }),
    step({
      name: 'local suspend',
      about: 'Suspend the local cluster',
      description: ['All query calls get 503 until it is resumed.'],
      does: 'Suspend',
    }),
    step({
      name: 'local resume',
      about: 'Resume the local cluster',
      description: ['Returns when it is active.'],
      does: 'Resume',
    }),
    step({
      name: 'local kill',
      about: 'Kill an engine, as a crash would',
      description: [
        'The router answers 502 for it until it is restarted. With --in-process engines this only looks like a crash.',
      ],
      argument: strategy('The strategy of the engine.', true),
      does: "Kill blue's engine",
      words: ' blue',
    }),
    step({
      name: 'local restart',
      about: 'Restart an engine',
      description: ['Its sessions and queries end.'],
      argument: strategy('The strategy of the engine.', true),
      does: "Restart blue's engine",
      words: ' blue',
    }),
    FAULT,
  ],
}
