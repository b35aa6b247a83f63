/* Signals to one flag. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int signal_number)
{
	(void)signal_number;
	asked_to_stop = 1;
}

void interrupt_catch(void)
{
	static const int asking[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction stop = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN }, old;

	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		if (sigaction(asking[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* nohup, background job */
			(void)sigaction(asking[i], &stop, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

bool interrupt_seen(void)
{
	return asked_to_stop != 0;
}
