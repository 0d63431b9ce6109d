import type { ArgumentSpec, CommandSection, CommandSpec, OptionSpec } from './command-spec.ts'
import { JSON_OPTION } from './shared-options.ts'
import { anyText, duration, oneOf, wholeNumber } from './value-kinds.ts'

const STRATEGIES = ['blue', 'green'] as const

function strategy(about: string, required = false): ArgumentSpec {
  return { value: 'STRATEGY', required, kind: oneOf(...STRATEGIES), choices: STRATEGIES, about }
}

/** A command that is one call of the local cluster's admin API. */
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
  about: 'It takes no clients yet; `e6data local accept` lets them in.',
}

const UP: CommandSpec = {
  name: 'local up',
  about: 'Start a local cluster: two engines behind a router',
  description: [
    'Two DuckDB engines, blue and green, hold the same data behind one port that behaves as the hosted proxy does. It runs ' +
      'until Ctrl-C; with --detach in the background, until `e6data local down`.',
    'Other commands find it as the profile `local`. Its address and token are kept in a file that only you can read, and are ' +
      'the same at the next start, so that programs and open shells outlive a restart.',
  ],
  options: [
    { flag: 'detach', about: 'Run in the background.' },
    {
      flag: 'port',
      value: 'PORT',
      kind: wholeNumber(0, 65_535),
      about: 'Where clients connect.',
      default: 'the one of last time, else a free one',
    },
    {
      flag: 'admin-port',
      value: 'PORT',
      kind: wholeNumber(0, 65_535),
      about: 'Where the admin API and the console are served.',
      default: 'the one of last time, else a free one',
    },
    {
      flag: 'data',
      value: 'FOLDER',
      kind: anyText,
      completes: 'folder',
      about: 'Parquet, CSV and JSON files, a table each.',
      default: 'a small retail company',
    },
    {
      flag: 'rows',
      value: 'N',
      kind: wholeNumber(1, 1_000_000_000),
      about: 'Orders of the retail company.',
      default: '1000000',
    },
    {
      flag: 'batch-rows',
      value: 'N',
      kind: wholeNumber(1, 10_000_000),
      about: 'Most rows in a batch.',
      default: '20000',
    },
    {
      flag: 'initial',
      value: 'STRATEGY',
      kind: oneOf(...STRATEGIES),
      choices: STRATEGIES,
      about: 'What serves first.',
      default: 'blue',
    },
    { flag: 'tls', about: 'Serve over TLS, with a certificate made for this cluster alone.' },
    { flag: 'suspended', about: 'Start suspended.' },
    { flag: 'resume-time', value: 'TIME', kind: duration, about: 'How long resuming takes.', default: '250ms' },
    { flag: 'in-process', about: 'Both engines in one process: starts faster, and an engine can not be killed alone.' },
    JSON_OPTION,
  ],
  examples: [
    { does: 'Something to play with', command: 'e6data local up --detach && e6data shell -P local' },
    { does: 'Your own files as tables', command: 'e6data local up --data ./exports' },
  ],
}

const FAULT: CommandSpec = {
  name: 'local fault',
  about: 'Inject a fault into calls to come, list the faults, or take them out',
  description: [
    'FIELD=VALUE says which calls are hit, and how. Which: method, service, strategy, queryId, query, sessionId, occurrence ' +
      '(a number, or `every`), times, countPer. All others belong to the fault itself, such as status of http-status.',
    'Without arguments the faults in force are listed.',
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
      about: 'What is done to the calls.',
    },
    {
      value: 'FIELD=VALUE',
      required: false,
      variadic: true,
      kind: anyText,
      about: 'Its details, and which calls it hits.',
    },
  ],
  options: [
    { flag: 'clear', about: 'Take every fault out.' },
    { flag: 'remove', value: 'ID', kind: wholeNumber(1), about: 'Take one fault out.' },
    { flag: 'release', value: 'ID', kind: wholeNumber(1), about: 'Let go of the calls that a `hold` holds.' },
    JSON_OPTION,
  ],
  examples: [
    {
      does: 'The third fetch of any query is turned away',
      command: 'e6data local fault http-status status=456 method=getNextResultBatch occurrence=3',
    },
    { does: 'Every call takes half a second longer', command: 'e6data local fault delay ms=500 occurrence=every' },
    { does: 'Back to normal', command: 'e6data local fault --clear' },
  ],
}

const DEPLOY_OPTIONS: readonly OptionSpec[] = [
  {
    flag: 'accept-after',
    value: 'TIME',
    kind: duration,
    about: 'Announced so long before it takes clients.',
    default: 'at once',
  },
  {
    flag: 'cut-over-after',
    value: 'TIME',
    kind: duration,
    about: 'How long clients have to move by themselves.',
    default: '200ms',
  },
  {
    flag: 'drain-timeout',
    value: 'TIME',
    kind: duration,
    about: 'How long old queries may take to finish.',
    default: '10s',
  },
]

export const LOCAL_COMMANDS: CommandSection = {
  title: 'A cluster of your own',
  commands: [
    UP,
    {
      name: 'local down',
      about: 'Stop the local cluster',
      description: ['Ends it in order and waits until it is gone. Its data go with it.'],
      options: [JSON_OPTION],
      examples: [{ does: 'Stop', command: 'e6data local down' }],
    },
    step({
      name: 'local status',
      about: 'Show where the local cluster stands',
      description: ['The deployment, the engines, the addresses and the faults in force.'],
      does: 'Look',
    }),
    step({
      name: 'local announce',
      about: 'Announce the next deployment to clients',
      description: [
        "The active deployment's answers name the next one from now on; clients log in there and move by themselves.",
      ],
      argument: strategy('The deployment that is coming, by default the other one.'),
      options: [NOT_ACCEPTING],
      does: 'Announce green, which is not ready yet',
      words: ' green --not-accepting',
    }),
    step({
      name: 'local accept',
      about: 'Let clients in on the deployment that is coming',
      description: ['Needed after --not-accepting only.'],
      argument: strategy('The deployment that is ready now.', true),
      does: 'Green is ready',
      words: ' green',
    }),
    step({
      name: 'local cutover',
      about: 'Move new work to the other deployment',
      description: ['The old deployment refuses new work with 456 and finishes the queries it runs.'],
      options: [NOT_ACCEPTING],
      does: 'Cut over',
    }),
    step({
      name: 'local retire',
      about: 'End the deployment that is draining',
      description: ['Queries that still run on it are cut off.'],
      argument: strategy('The deployment that goes, by default the one that is draining.'),
      does: 'Blue is done',
      words: ' blue',
    }),
    step({
      name: 'local rollback',
      about: 'Take a deployment back, before or after its cut-over',
      description: ['The deployment that served before serves again; queries of the other one finish.'],
      does: 'Back',
    }),
    step({
      name: 'local deploy',
      about: 'Run a whole deployment: announce, cut over, drain, retire',
      description: ['Run queries meanwhile, and see that none fails.'],
      options: DEPLOY_OPTIONS,
      does: 'A slow one, to watch',
      words: ' --cut-over-after 5s',
    }),
    step({
      name: 'local suspend',
      about: 'Suspend the local cluster',
      description: ['Every query call is answered with 503 until it is resumed.'],
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
      about: 'End an engine as a crash does',
      description: [
        'The router answers 502 for it until it is restarted. With --in-process engines this only looks like a crash.',
      ],
      argument: strategy('The engine.', true),
      does: 'Blue crashes',
      words: ' blue',
    }),
    step({
      name: 'local restart',
      about: 'Start an engine again',
      description: ['Its sessions and queries are gone.'],
      argument: strategy('The engine.', true),
      does: 'Blue comes back',
      words: ' blue',
    }),
    FAULT,
  ],
}
