cat > hello.c <<'X'
#include <stdio.h>
int main(int argc, char **argv) {
    printf("hello, %d arguments\n", argc - 1);
    return 3;
}
X
tcc -o hello hello.c; echo $?
./hello a b; echo $?
tcc -run hello.c x; echo $?
cat > all.c <<'X'
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static jmp_buf place;
static void handle(int number) { longjmp(place, number); }
static void first(void) { puts("once"); }
int main(void) {
    static int v[1000];
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    int status, n;
    for (int i = 0; i < 1000; i++) v[i] = (i * 7919) % 1000;
    qsort(v, 1000, sizeof *v, compare);
    printf("%d %d %.6f %.3e\n", v[0], v[999], sqrt(2), pow(2, 100));
    char *memory = realloc(malloc(1 << 20), 5 << 20);
    memset(memory, 1, 5 << 20);
    free(memory);
    pthread_once(&once, first);
    pthread_once(&once, first);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    fflush(stdout);
    if (fork() == 0) {
        execlp("echo", "echo", "a child", NULL);
        _exit(1);
    }
    wait(&status);
    printf("%d\n", status);
    signal(SIGSEGV, handle);
    if ((n = setjmp(place)) == 0) *(volatile int *)8 = 1;
    printf("caught %d\n", n);
    fflush(stdout);
    FILE *f = popen("cat", "w");
    fprintf(f, "to cat\n");
    pclose(f);
    return system("exit 5") >> 8;
}
X
tcc -o all all.c -lm -lpthread; echo $?
./all; echo $?
tcc -c hello.c && tcc -o again hello.o && ./again; echo $?
echo 'int twice(int x) { return 2 * x; }' > twice.c; tcc -shared -o libtwice.so twice.c; echo $?
cat > open.c <<'X'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
    void *library = dlopen("./libtwice.so", RTLD_NOW);
    if (!library) return puts(dlerror());
    int (*twice)(int) = (int (*)(int))dlsym(library, "twice");
    printf("%d\n", twice(21));
    return dlclose(library);
}
X
tcc -o open open.c -ldl && ./open; echo $?
echo 'int main(void) { return x; }' > wrong.c; tcc -o wrong wrong.c; echo $?
