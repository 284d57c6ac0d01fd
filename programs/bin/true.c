// Does nothing, with success. Ends: exited with status 0
int main(void) {
    return 0;
}
