import { CLUSTER_COMMANDS } from './table/cluster-commands.ts'
import type { CommandFamily, CommandSection, CommandSpec, OptionSpec } from './table/command-spec.ts'
import { LOCAL_COMMANDS } from './table/local-commands.ts'
import { QUERY_COMMANDS } from './table/query-commands.ts'
import { CONNECTION_OPTIONS, GLOBAL_OPTIONS } from './table/shared-options.ts'
import { TOOL_COMMANDS } from './table/tool-commands.ts'

/**
 * All commands. Parsing, help, completion and the man page are generated from this table, so that they always agree.
 */
export const SECTIONS: readonly CommandSection[] = [QUERY_COMMANDS, CLUSTER_COMMANDS, LOCAL_COMMANDS, TOOL_COMMANDS]

export const COMMANDS: readonly CommandSpec[] = SECTIONS.flatMap(({ commands }) => commands)

/** Command families: words that need another word. */
export const FAMILIES: readonly CommandFamily[] = [
  {
    name: 'local',
    about: 'Start and drive a blue-green cluster on this machine',
    description: [
      'A cluster for experiments: two engines behind a router that answers as the hosted proxy does, with a command for ' +
        'each step of a switch and for each kind of fault.',
    ],
  },
  {
    name: 'profile',
    about: 'Name the clusters you use',
    description: [
      'A profile is a section of the config file: address, user, token, catalog. A file with a token must be readable by ' +
        'its owner only.',
    ],
  },
]

export const PROGRAM = {
  name: 'e6data',
  about: 'Queries, and a blue-green cluster, from the command line',
  description: [
    'Runs SQL on an e6data cluster, also while the cluster switches from one deployment to the other: new queries move ' +
      'automatically, and running ones finish where they are.',
  ],
  examples: [
    { does: 'Start a local cluster', command: 'e6data local up --detach' },
    { does: 'Run a query on it', command: 'e6data query -P local "SELECT region, count(*) FROM orders GROUP BY 1"' },
    { does: 'Open a shell on it', command: 'e6data shell -P local' },
    { does: 'Switch deployments, and watch', command: 'e6data local deploy & e6data strategy -P local --watch' },
    { does: 'Save a cluster as the default profile', command: 'e6data profile add prod --default' },
    { does: 'Find out why it does not connect', command: 'e6data doctor' },
  ],
} as const

/** All options of a command, its own first. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return [...(spec.options ?? []), ...(spec.connects ? CONNECTION_OPTIONS : []), ...GLOBAL_OPTIONS]
}

/** The sources of options, in order of precedence. For help and manual. */
export const OPTION_SOURCES: readonly string[] = [
  'Options have this precedence: an option on the command line; then --url or E6DATA_URL, or the profile named by ' +
    '--profile or E6DATA_PROFILE; then the environment variables E6DATA_…. If none of these names a host, the default ' +
    'profile of the config file is used.',
  'Tokens are not accepted on the command line, where every user of the machine sees them. A token comes from ' +
    '--password-file, the profile, E6DATA_PASSWORD, or a prompt on the terminal; an OAuth access token from ' +
    '--access-token-file, the profile, or E6DATA_ACCESS_TOKEN.',
]
