/** What the command's exit status says, for scripts. The help, the man page and the README are made from this. */
export const EXITS = {
  ok: { code: 0, about: 'Done.' },
  failed: { code: 1, about: 'The engine refused the statement or failed at it, or a check of `doctor` failed.' },
  usage: {
    code: 2,
    about: 'The command was given wrongly: an argument, an option, a profile or a file. Nothing was done.',
  },
  unreachable: { code: 3, about: 'No connection could be made, or it broke.' },
  credentials: { code: 4, about: 'The cluster refused the user name or the token.' },
  timeout: { code: 5, about: 'The time limit passed. The query was cancelled on the server and changed nothing.' },
  unavailable: { code: 6, about: 'The cluster is suspended, has failed, or accepts nobody for now.' },
  incomplete: { code: 7, about: 'The result was cut off, or it is unknown whether the statement was carried out.' },
  local: { code: 8, about: 'The local cluster does not run, or is not in a state for that step.' },
  output: { code: 9, about: 'The output could not be written, for example because the disk is full.' },
  internal: { code: 70, about: 'A fault of the command itself.' },
  interrupted: { code: 130, about: 'Ctrl-C; a running query was cancelled on the server.' },
  terminated: { code: 143, about: 'SIGTERM; a running query was cancelled on the server.' },
} as const satisfies Record<string, { readonly code: number; readonly about: string }>

export type ExitName = keyof typeof EXITS
