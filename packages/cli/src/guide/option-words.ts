import type { ArgumentSpec, CommandSpec, OptionSpec } from '../table/command-spec.ts'

/** The usage of an option: `-F, --format FORMAT`. */
export function optionUsage(option: OptionSpec): string {
  const name = option.short ? `-${option.short}, --${option.flag}` : `--${option.flag}`
  return option.value === undefined ? name : `${name} ${option.value}`
}

/** The description of an option, with its default and its environment variable. */
export function optionAbout(option: OptionSpec): string {
  const notes = [
    ...(option.default ? [`default: ${option.default}`] : []),
    ...(option.env ? [`env: ${option.env}`] : []),
  ]
  return notes.length > 0 ? `${option.about} [${notes.join('; ')}]` : option.about
}

function argumentUsage({ value, required, variadic }: ArgumentSpec): string {
  const word = variadic ? `${value}...` : value
  return required ? word : `[${word}]`
}

/** The usage of a command: `e6data query [OPTIONS] [SQL]`. */
export function commandUsage(spec: CommandSpec): string {
  return ['e6data', spec.name, '[OPTIONS]', ...(spec.arguments ?? []).map(argumentUsage)].join(' ')
}
