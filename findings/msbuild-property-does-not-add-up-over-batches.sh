#!/usr/bin/env bash
# A property that adds to itself, once for each batch of items, holds the last batch alone; in batches of a target as in those of a group.
#
# Versions: .NET SDK 10.0.401 (MSBuild 18).
# Guess:    $(Sum)+%(Word.Identity) collects all words, since a group within a target is evaluated in order, batch after batch; at the
#           latest where the target itself is batched, and so runs three times.
# Seen:     every batch starts from the value before the first one, and the last batch's value stays. Items do add up: only what is read
#           through %( ) or @( ) is of the batch, while $( ) is taken before.
# Matters:  a list of arguments, of packages or of files built so in a .targets file of a package loses all but one, without a word.
# Output:   batches of a group: +c
#           batches of a target: +c
#           by a transform: +a+b+c
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > words.proj <<'P'
<Project>
  <ItemGroup><Word Include="a;b;c" /></ItemGroup>
  <Target Name="OfAGroup">
    <PropertyGroup><Group>$(Group)+%(Word.Identity)</Group></PropertyGroup>
  </Target>
  <Target Name="OfATarget" Inputs="%(Word.Identity)" Outputs="none-%(Word.Identity)">
    <PropertyGroup><Sum>$(Sum)+%(Word.Identity)</Sum></PropertyGroup>
  </Target>
  <Target Name="Say" DependsOnTargets="OfAGroup;OfATarget">
    <Message Importance="high" Text="batches of a group: $(Group)" />
    <Message Importance="high" Text="batches of a target: $(Sum)" />
    <Message Importance="high" Text="by a transform: @(Word->'+%(Identity)', '')" />
  </Target>
</Project>
P
dotnet msbuild -nologo words.proj -t:Say | sed 's/^ *//' | tee output
diff output - <<'O'
batches of a group: +c
batches of a target: +c
by a transform: +a+b+c
O
