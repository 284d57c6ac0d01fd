// Does nothing, without success. Ends: exited with status 1
int main(void) {
    return 1;
}
