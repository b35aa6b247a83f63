/* The program; everything is in cli/, so that a test can link the real thing. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return plumbline_main(argc, argv);
}
