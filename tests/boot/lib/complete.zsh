# What zsh completes "svc WORDS..." to, a line each; the last word is begun. In a
# terminal of its own, since zsh completes nowhere else.
#
#   zsh -f complete.zsh FOLDER-OF-_svc WORD...
zmodload zsh/zpty
export SITE=$1 ZDOTDIR=$(mktemp -d)
cat >$ZDOTDIR/.zshrc <<'END'
PS1=
svc() { [[ "$*" == 'status --names' ]] && print -l web webmail db }
fpath=($SITE $fpath)
autoload -U compinit && compinit -u -D
compadd() {
	local -a found
	if (( ! ${@[(I)-[ADO]]} )); then
		builtin compadd -O found "$@"
		(( $#found )) && print -rl -- $found >>$ZDOTDIR/found
	fi
	builtin compadd "$@"
}
tell() { zle complete-word; print >$ZDOTDIR/done }
zle -N tell
bindkey '^I' tell
END
shift
zpty terminal zsh -d -i
zpty -w -n terminal "svc $*"$'\t'
for (( i = 0; i < 200; i++ )); do
	zpty -r -t terminal line
	[[ -e $ZDOTDIR/done ]] && break
	sleep 0.05
done
zpty -d terminal
[[ -e $ZDOTDIR/found ]] && cat $ZDOTDIR/found
rm -r $ZDOTDIR
