import type { CommandSection } from './command-spec.ts'
import { JSON_OPTION, TIMEOUT_OPTION } from './shared-options.ts'
import { anyText, oneOf, wholeNumber } from './value-kinds.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export const TOOL_COMMANDS: CommandSection = {
  title: 'Configure the command',
  commands: [
    {
      name: 'profile list',
      about: 'List the profiles of the config file',
      description: ['No token is shown.'],
      options: [{ flag: 'names', about: 'Write only the names.' }, JSON_OPTION],
      examples: [{ does: 'List profiles', command: 'e6data profile list' }],
    },
    {
      name: 'profile show',
      about: 'Show a profile',
      description: ['Shows the source of a token, but not the token.'],
      arguments: [{ value: 'NAME', required: true, kind: anyText, completes: 'profile', about: 'The profile.' }],
      options: [JSON_OPTION],
      examples: [{ does: 'Show a profile', command: 'e6data profile show prod' }],
    },
    {
      name: 'profile add',
      about: 'Add a profile to the config file',
      description: [
        'Takes the options that select a cluster, prompts for a missing host, user and token on a terminal, and writes a file ' +
          'that only you can read.',
      ],
      arguments: [{ value: 'NAME', required: true, kind: anyText, about: 'The name of the profile.' }],
      options: [{ flag: 'default', about: 'Make it the default profile.' }],
      connects: true,
      examples: [
        { does: 'Answer prompts', command: 'e6data profile add prod' },
        {
          does: 'Give everything as options',
          command: 'e6data profile add prod --host x.e6data.example --secure -U me@example.com --password-file ~/token',
        },
      ],
    },
    {
      name: 'mcp',
      about: 'Serve a cluster over the Model Context Protocol, read-only',
      description: [
        'Serves the protocol on standard input and output; requires the package e6data-mcp. A client can list catalogs, ' +
          'schemas, tables and columns, explain statements, and run reading statements within limits.',
        'The cluster and the credentials are those of the profile; the tools accept none.',
      ],
      options: [
        {
          flag: 'max-rows',
          value: 'N',
          kind: wholeNumber(1, 100_000),
          about: 'Maximum number of rows per call.',
          default: '200',
        },
        {
          flag: 'max-bytes',
          value: 'N',
          kind: wholeNumber(1, 100_000_000),
          about: 'Maximum size of the rows per call, in bytes.',
          default: '100000',
        },
        {
          ...TIMEOUT_OPTION,
          about: 'Time limit per call; its query is cancelled on the server.',
          default: '1m',
        },
        { flag: 'allow-writes', about: 'Also run writing statements.' },
      ],
      connects: true,
      examples: [{ does: 'The command for the settings of an MCP client', command: 'e6data mcp --profile prod' }],
    },
    {
      name: 'completion',
      about: 'Print a completion script for your shell',
      description: [
        'It completes commands, options, their values, files and profiles. Source it in the start-up file of the shell.',
      ],
      arguments: [
        { value: 'SHELL', required: true, kind: oneOf(...SHELLS), choices: SHELLS, about: 'bash, zsh or fish.' },
      ],
      examples: [
        { does: 'bash', command: "echo 'source <(e6data completion bash)' >> ~/.bashrc" },
        { does: 'zsh', command: "echo 'source <(e6data completion zsh)' >> ~/.zshrc" },
        { does: 'fish', command: 'e6data completion fish > ~/.config/fish/completions/e6data.fish' },
      ],
    },
    {
      name: 'man',
      about: 'Show the manual',
      description: ['Shows the complete manual, or the page of one command.'],
      arguments: [
        {
          value: 'COMMAND',
          required: false,
          variadic: true,
          kind: anyText,
          about: 'The command, as one or two words.',
        },
      ],
      options: [
        {
          flag: 'format',
          value: 'FORMAT',
          kind: oneOf('text', 'roff', 'markdown'),
          choices: ['text', 'roff', 'markdown'],
          about: 'Plain text, roff for `man`, or Markdown.',
          default: 'text',
        },
      ],
      examples: [
        { does: 'Show the manual of query', command: 'e6data man query' },
        { does: 'Install it for man', command: 'e6data man --format roff > ~/.local/share/man/man1/e6data.1' },
      ],
    },
  ],
}
