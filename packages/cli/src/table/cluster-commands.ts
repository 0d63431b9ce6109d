import type { CommandSection } from './command-spec.ts'
import { JSON_OPTION } from './shared-options.ts'
import { anyText, duration, wholeNumber } from './value-kinds.ts'

const WAIT_OPTION = {
  flag: 'wait-timeout',
  value: 'TIME',
  kind: duration,
  about: 'How long to wait until the cluster is active.',
  default: '5m',
} as const

export const CLUSTER_COMMANDS: CommandSection = {
  title: 'Look after a cluster',
  commands: [
    {
      name: 'status',
      about: 'Tell whether the cluster is active, suspended or resuming',
      description: [
        'Asks the cluster service, which answers while the cluster is suspended too. Asking does not resume it. The exit ' +
          'status is 0 when it is active, and 6 when it is not.',
      ],
      options: [JSON_OPTION],
      connects: true,
      examples: [
        { does: 'Look', command: 'e6data status' },
        { does: 'Resume only when needed', command: 'e6data status || e6data resume' },
      ],
    },
    {
      name: 'resume',
      about: 'Resume the cluster and wait until it is active',
      description: [
        'On a terminal a bar shows how much of the time allowed has passed. Ctrl-C stops waiting; the cluster resumes all the same.',
      ],
      options: [WAIT_OPTION, { flag: 'no-wait', about: 'Ask for it, and do not wait.' }, JSON_OPTION],
      connects: true,
      examples: [
        { does: 'Before a night of reports', command: 'e6data resume && e6data query -f nightly.sql -o nightly.csv' },
      ],
    },
    {
      name: 'suspend',
      about: 'Suspend the cluster; running queries end',
      description: [
        'Everybody who uses the cluster is affected. The next query of anybody with auto-resume brings it back.',
      ],
      options: [JSON_OPTION],
      connects: true,
      examples: [{ does: 'After work', command: 'e6data suspend --profile staging' }],
    },
    {
      name: 'strategy',
      about: 'Show what this host knows of the blue and the green deployment',
      description: [
        'All programs of one user on a host share what they know of a cluster: which deployment is in use, which one is ' +
          'announced, the epoch, and which query runs where. This reads it, without asking the cluster and without a token.',
        'With --watch the picture is live: a deployment shows as it happens, while queries on the old deployment finish.',
      ],
      options: [
        { flag: 'watch', short: 'w', about: 'Keep showing it until Ctrl-C. With --json, a line for each change.' },
        JSON_OPTION,
      ],
      connects: true,
      examples: [
        { does: 'Watch a deployment', command: 'e6data strategy --profile prod --watch' },
        { does: 'For a script', command: 'e6data strategy --json | jq -r .activeStrategy' },
      ],
    },
    {
      name: 'strategy clear',
      about: 'Forget what is known, so that the next query finds out anew',
      description: ['Needed by nobody in normal life: a deployment that moved is found by itself.'],
      options: [JSON_OPTION],
      connects: true,
      examples: [{ does: 'Forget', command: 'e6data strategy clear --profile prod' }],
    },
    {
      name: 'console',
      about: 'Watch programs and the cluster they use in a browser',
      description: [
        'Serves a page that shows the two deployments side by side: queries as they run and drain, throughput and latency, and ' +
          'each moment of a switch. It shows what the programs of this host share about the cluster, and what programs anywhere ' +
          'expose for Prometheus: give the addresses at which they answer with `prometheusText`. Where a token is known there is an ' +
          'editor too.',
        'Only this machine reaches it; with --listen others do. Every request needs the token that is part of the printed ' +
          'address, or the one in E6DATA_CONSOLE_TOKEN.',
        'A local cluster has a console of its own, with buttons for everything: `e6data local status` tells where.',
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
          about: 'The port to serve it at; 0 takes a free one.',
          default: '0',
        },
        JSON_OPTION,
      ],
      connects: true,
      examples: [
        { does: 'What the programs of this host do', command: 'e6data console --profile prod' },
        {
          does: 'Two services',
          command: 'e6data console http://127.0.0.1:9464/metrics http://127.0.0.1:9465/metrics',
        },
      ],
    },
    {
      name: 'doctor',
      about: 'Check the way to a cluster step by step, and say what to do',
      description: [
        'Looks at options, name resolution, port, TLS, HTTP/2, the cluster service, credentials and strategy, a query, and ' +
          'what this host shares, in this order. A step that fails comes with advice. A step that cannot be done says why, and the next ones run.',
      ],
      options: [JSON_OPTION],
      connects: true,
      examples: [{ does: 'Why does it not connect?', command: 'e6data doctor --profile prod' }],
    },
  ],
}
