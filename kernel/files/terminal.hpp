// The terminal: screen and keyboard and the serial line alike, with line editing, and signals for its foreground (chapter 18).
#pragma once

namespace kernel::files {

/// From now on what is typed goes to the terminal, which is /dev/console and /dev/tty. The devices must have been made, and
/// no process yet.
///
/// The terminal belongs to a session: the first one whose leader uses it. One of its groups is in the foreground. That group
/// gets the signals that are typed; another one that reads is stopped by SIGTTIN. With the leader's end the session loses the
/// terminal (POSIX, The Controlling Terminal): the foreground group is told by SIGHUP, and reads of the session fail.
void enable_terminal();

} // namespace kernel::files
