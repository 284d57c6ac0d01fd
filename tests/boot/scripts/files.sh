# The programs that change files.
mkdir a a/b; mkdir a; echo $?; mkdir missing/c; echo $?
echo text >a/one; cp a/one a/two; cat a/two; cp a/one a/b; ls a/b; cp missing a; echo $?; cp a b; echo $?
cp a/one a/two a/b; ls a/b; cp a/one a/two a/one; echo $?; cp a/one a/one; echo $?
mv a/two a/three; ls a; mv a/three a/b; ls a a/b; mv missing x; echo $?
ln a/one a/link; echo more >>a/one; cat a/link; ln missing x; echo $?; ln -s one a/symbolic; cat a/symbolic
ln -s nowhere a/broken; cat a/broken; echo $?
ls -la a | grep one | grep -c rw; ls -l a | grep symbolic | grep -c one
rm a/one; ls a; rm a/one; echo $?; rm -f a/one; echo $?; rm a; echo $?
rmdir a; echo $?; rm -r a; ls a; echo $?; rm -rf a; echo $?
rm; echo $?; mv one; echo $?; ls -x; echo $?
echo >.dot; echo >seen; ls; ls -a | head -n 3; ls seen missing .; echo $?
