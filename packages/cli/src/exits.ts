/** The exit statuses, for scripts. The help and the man page are generated from this table. */
export const EXITS = {
  ok: { code: 0, about: 'Done.' },
  failed: { code: 1, about: 'The engine refused the statement or failed at it, or a check of `doctor` failed.' },
  usage: {
    code: 2,
    about: 'Wrong usage: an argument, an option, a profile or a file. Nothing was done.',
  },
  unreachable: { code: 3, about: 'The connection could not be opened, or was lost.' },
  credentials: { code: 4, about: 'The cluster refused the user name or the token.' },
  timeout: { code: 5, about: 'The time limit passed. The query was cancelled on the server and changed nothing.' },
  unavailable: { code: 6, about: 'The cluster is suspended, has failed, or accepts no client for now.' },
  incomplete: { code: 7, about: 'The result is incomplete, or it is unknown whether the statement was executed.' },
  local: { code: 8, about: 'The local cluster is not running, or its state does not allow that step.' },
  output: { code: 9, about: 'The output could not be written, for example because the disk is full.' },
  internal: { code: 70, about: 'A bug of the command itself.' },
  interrupted: { code: 130, about: 'Ctrl-C; a running query was cancelled on the server.' },
  terminated: { code: 143, about: 'SIGTERM; a running query was cancelled on the server.' },
} as const satisfies Record<string, { readonly code: number; readonly about: string }>

export type ExitName = keyof typeof EXITS
