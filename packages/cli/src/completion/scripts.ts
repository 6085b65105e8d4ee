/** Scripts that ask `berth __complete` for words; all knowledge of commands stays in the program. */

import { CliError } from '../failure.ts'

const bash = `# bash completion for berth
_berth() {
  local IFS=$'\\n'
  COMPREPLY=($(berth __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [ "\${#COMPREPLY[@]}" -eq 1 ] && [ "\${COMPREPLY[0]}" = ":files" ]; then
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -o filenames -F _berth berth
`

const zsh = `#compdef berth
_berth() {
  local -a offered
  offered=("\${(@f)$(berth __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${offered[1]}" == ":files" ]]; then
    _files
  else
    compadd -a offered
  fi
}
compdef _berth berth
`

const fish = `# fish completion for berth
function __berth_complete
  set -l words (commandline -opc)[2..-1] (commandline -ct)
  set -l offered (berth __complete -- $words 2>/dev/null)
  if test "$offered" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $offered
  end
end
complete -c berth -f -a '(__berth_complete)'
`

const scripts = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
])

export function completionScript(shell: string): string {
  const script = scripts.get(shell)
  if (script !== undefined) return script
  throw new CliError('Usage', `there is no completion for "${shell}"`, {
    remedy: `There is for ${[...scripts.keys()].join(', ')}.`,
  })
}
