import type { CommandSection } from './command-spec.ts'
import { JSON_OPTION, TIMEOUT_OPTION } from './shared-options.ts'
import { anyText, oneOf, wholeNumber } from './value-kinds.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export const TOOL_COMMANDS: CommandSection = {
  title: 'The command itself',
  commands: [
    {
      name: 'profile list',
      about: 'List the profiles of the config file',
      description: ['No token is shown.'],
      options: [{ flag: 'names', about: 'The names alone.' }, JSON_OPTION],
      examples: [{ does: 'What is there', command: 'e6data profile list' }],
    },
    {
      name: 'profile show',
      about: 'Show a profile',
      description: ['Of a token it is only said where it comes from.'],
      arguments: [{ value: 'NAME', required: true, kind: anyText, completes: 'profile', about: 'The profile.' }],
      options: [JSON_OPTION],
      examples: [{ does: 'Look at one', command: 'e6data profile show prod' }],
    },
    {
      name: 'profile add',
      about: 'Write a profile into the config file',
      description: [
        'Takes the options that say which cluster is meant, asks for the host, the user and the token when they are not given ' +
          'and there is somebody to ask, and writes a file that only you can read.',
      ],
      arguments: [{ value: 'NAME', required: true, kind: anyText, about: 'What it is to be called.' }],
      options: [{ flag: 'default', about: 'Use it when no profile is named.' }],
      connects: true,
      examples: [
        { does: 'Be asked', command: 'e6data profile add prod' },
        {
          does: 'Say it all',
          command: 'e6data profile add prod --host x.e6data.example --secure -U me@example.com --password-file ~/token',
        },
      ],
    },
    {
      name: 'mcp',
      about: 'Let an assistant read from a cluster, over the Model Context Protocol',
      description: [
        'Serves the protocol on standard input and output, where the package e6data-mcp is installed. The assistant can list ' +
          'catalogs, schemas, tables and columns, explain a statement, and run statements that only read, within bounds.',
        'The cluster and the credentials are those of the profile; no tool takes any.',
      ],
      options: [
        {
          flag: 'max-rows',
          value: 'N',
          kind: wholeNumber(1, 100_000),
          about: 'Most rows that one call returns.',
          default: '200',
        },
        {
          flag: 'max-bytes',
          value: 'N',
          kind: wholeNumber(1, 100_000_000),
          about: 'Most bytes of rows that one call returns.',
          default: '100000',
        },
        {
          ...TIMEOUT_OPTION,
          about: 'The time limit of one call; its query is cancelled on the server.',
          default: '1m',
        },
        { flag: 'allow-writes', about: 'Run statements that write as well.' },
      ],
      connects: true,
      examples: [{ does: 'The line for the settings of an assistant', command: 'e6data mcp --profile prod' }],
    },
    {
      name: 'completion',
      about: 'Print a completion script for your shell',
      description: [
        'Completes commands, options, their values, files and profiles. Source it from the start-up file of the shell.',
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
      description: [
        'The whole manual, or what it says of one command. It is made from the table that the help is made from.',
      ],
      arguments: [
        { value: 'COMMAND', required: false, variadic: true, kind: anyText, about: 'The command, in one word or two.' },
      ],
      options: [
        {
          flag: 'format',
          value: 'FORMAT',
          kind: oneOf('text', 'roff', 'markdown'),
          choices: ['text', 'roff', 'markdown'],
          about: 'Text to read, roff for `man`, or markdown.',
          default: 'text',
        },
      ],
      examples: [
        { does: 'Read about query', command: 'e6data man query' },
        { does: 'Install it for man', command: 'e6data man --format roff > ~/.local/share/man/man1/e6data.1' },
      ],
    },
  ],
}
