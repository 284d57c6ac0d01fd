start:
    mov eax, 4
    mov ebx, 1
    mov ecx, words
    mov edx, words_end - words
    int 0x80
    xor ebx, ebx
    mov eax, 1
.on:
    jmp .on
words:
    db "[info ] process 2 (arguments): exited with status 0", 10
    db "[info ] process 3 (hello-cpp): exited with status 0", 10
    db "[info ] process 4 (counter): started, flat, 8 bytes", 10
words_end:
