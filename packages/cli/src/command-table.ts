import { CLUSTER_COMMANDS } from './table/cluster-commands.ts'
import type { CommandFamily, CommandSection, CommandSpec, OptionSpec } from './table/command-spec.ts'
import { LOCAL_COMMANDS } from './table/local-commands.ts'
import { QUERY_COMMANDS } from './table/query-commands.ts'
import { CONNECTION_OPTIONS, GLOBAL_OPTIONS } from './table/shared-options.ts'
import { TOOL_COMMANDS } from './table/tool-commands.ts'

/**
 * Every command there is. Parsing, help, completion and the man page are made from this one table, so that none of them
 * can say what the others do not.
 */
export const SECTIONS: readonly CommandSection[] = [QUERY_COMMANDS, CLUSTER_COMMANDS, LOCAL_COMMANDS, TOOL_COMMANDS]

export const COMMANDS: readonly CommandSpec[] = SECTIONS.flatMap(({ commands }) => commands)

/** Words that stand before others and do nothing alone. */
export const FAMILIES: readonly CommandFamily[] = [
  {
    name: 'local',
    about: 'Start and drive a blue-green cluster on this machine',
    description: [
      'A cluster to try things on: two engines behind a router that answers as the hosted proxy does, with a button for ' +
        'every step of a deployment and for everything that can go wrong.',
    ],
  },
  {
    name: 'profile',
    about: 'Name the clusters you use',
    description: [
      'A profile is a section of the config file: address, user, token, catalog. The file must be yours, and where it holds a ' +
        'token, readable by nobody else.',
    ],
  },
]

export const PROGRAM = {
  name: 'e6data',
  about: 'Queries, and a blue-green cluster, from the command line',
  description: [
    'Runs SQL on an e6data cluster, and keeps running it while the cluster is replaced under it: queries move from the blue ' +
      'deployment to the green one by themselves.',
  ],
  examples: [
    { does: 'A cluster to try things on', command: 'e6data local up --detach' },
    { does: 'Ask it something', command: 'e6data query -P local "SELECT region, count(*) FROM orders GROUP BY 1"' },
    { does: 'Work in it', command: 'e6data shell -P local' },
    { does: 'Deploy under it, and watch', command: 'e6data local deploy & e6data strategy -P local --watch' },
    { does: 'Name a cluster for every day', command: 'e6data profile add prod --default' },
    { does: 'Why does it not connect?', command: 'e6data doctor' },
  ],
} as const

/** Everything a command takes, its own options first. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return [...(spec.options ?? []), ...(spec.connects ? CONNECTION_OPTIONS : []), ...GLOBAL_OPTIONS]
}

/** Where a command's options come from, from the nearest to the farthest. For help and manual. */
export const OPTION_SOURCES: readonly string[] = [
  'What is nearest wins: an option on the command line; then --url or E6DATA_URL, or the profile named with --profile or ' +
    'E6DATA_PROFILE; then the environment variables E6DATA_…. Where none of these names a host, the default profile of the ' +
    'config file is used.',
  'A token is never taken from the command line, where every user of the machine sees it: it comes from --password-file, ' +
    'the profile, E6DATA_PASSWORD, or a question on the terminal; an OAuth access token from --access-token-file, the ' +
    'profile, or E6DATA_ACCESS_TOKEN.',
]
