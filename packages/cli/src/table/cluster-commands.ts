import type { CommandSection } from './command-spec.ts'
import { JSON_OPTION } from './shared-options.ts'
import { anyText, duration, wholeNumber } from './value-kinds.ts'

const WAIT_OPTION = {
  flag: 'wait-timeout',
  value: 'TIME',
  kind: duration,
  about: 'How long to wait for the cluster to become active.',
  default: '5m',
} as const

export const CLUSTER_COMMANDS: CommandSection = {
  title: 'Manage a cluster',
  commands: [
    {
      name: 'status',
      about: 'Show whether the cluster is active, suspended or resuming',
      description: [
        'Calls the cluster service, which answers also while the cluster is suspended, and does not resume it. The exit ' +
          'status is 0 when it is active, and 6 when it is not.',
      ],
      options: [JSON_OPTION],
      connects: true,
      examples: [
        { does: 'Show the status', command: 'e6data status' },
        { does: 'Resume only when needed', command: 'e6data status || e6data resume' },
      ],
    },
    {
      name: 'resume',
      about: 'Resume the cluster and wait until it is active',
      description: [
        'On a terminal a bar shows how much of the time limit has passed. Ctrl-C stops waiting, but not the resume.',
      ],
      options: [WAIT_OPTION, { flag: 'no-wait', about: 'Do not wait until the cluster is active.' }, JSON_OPTION],
      connects: true,
      examples: [
        { does: 'Before a night of reports', command: 'e6data resume && e6data query -f nightly.sql -o nightly.csv' },
      ],
    },
    {
      name: 'suspend',
      about: 'Suspend the cluster; running queries end',
      description: ['All users of the cluster are affected. The next query of a client with auto-resume resumes it.'],
      options: [JSON_OPTION],
      connects: true,
      examples: [{ does: 'After work', command: 'e6data suspend --profile staging' }],
    },
    {
      name: 'strategy',
      about: 'Show what this host knows about the blue and the green deployment',
      description: [
        'All programs of one user on a host share their state of a cluster: the active and the announced strategy, the ' +
          'epoch, and the strategy of each query. This command reads it, without calling the cluster and without a token.',
        'With --watch it is live: a switch shows as it happens, while queries on the old deployment finish.',
      ],
      options: [
        {
          flag: 'watch',
          short: 'w',
          about: 'Keep it on the screen until Ctrl-C. With --json, write a line for each change.',
        },
        JSON_OPTION,
      ],
      connects: true,
      examples: [
        { does: 'Watch a switch', command: 'e6data strategy --profile prod --watch' },
        { does: 'Get the active strategy in a script', command: 'e6data strategy --json | jq -r .activeStrategy' },
      ],
    },
    {
      name: 'strategy clear',
      about: 'Clear the shared state, so that the next query detects the strategy again',
      description: ['Rarely needed: clients detect a switch automatically.'],
      options: [JSON_OPTION],
      connects: true,
      examples: [{ does: 'Clear the state', command: 'e6data strategy clear --profile prod' }],
    },
    {
      name: 'console',
      about: 'Watch programs and the cluster they use in a browser',
      description: [
        'Serves a page that shows the two deployments next to each other: running and draining queries, throughput and ' +
          'latency, and each step of a switch. It shows the state that programs of this host share about the cluster, and the ' +
          'metrics of programs anywhere: give the addresses where they serve `prometheusText`. With a token there is an editor.',
        'Only this machine reaches it, unless --listen is given. Every request needs the token that is part of the printed ' +
          'address, or the one in E6DATA_CONSOLE_TOKEN.',
        'A local cluster has its own console with controls: `e6data local status` shows its address.',
      ],
      arguments: [
        {
          value: 'METRICS-URL',
          required: false,
          variadic: true,
          kind: anyText,
          about: 'Addresses of programs that expose their metrics.',
        },
      ],
      options: [
        {
          flag: 'listen',
          value: 'ADDRESS',
          kind: anyText,
          about: 'The address to serve the page at.',
          default: '127.0.0.1',
        },
        {
          flag: 'listen-port',
          value: 'PORT',
          kind: wholeNumber(0, 65_535),
          about: 'The port to serve it at; 0 picks a free one.',
          default: '0',
        },
        JSON_OPTION,
      ],
      connects: true,
      examples: [
        { does: 'Watch the programs of this host', command: 'e6data console --profile prod' },
        {
          does: 'Watch two services',
          command: 'e6data console http://127.0.0.1:9464/metrics http://127.0.0.1:9465/metrics',
        },
      ],
    },
    {
      name: 'doctor',
      about: 'Check the connection to a cluster step by step, with advice',
      description: [
        'Checks options, name resolution, port, TLS, HTTP/2, the cluster service, credentials and strategy, a query, and ' +
          'the shared state of this host, in this order. A failed check comes with advice. A skipped check gives its reason, and the next ones run.',
      ],
      options: [JSON_OPTION],
      connects: true,
      examples: [{ does: 'Find out why it does not connect', command: 'e6data doctor --profile prod' }],
    },
  ],
}
