/*
 * The way of the data, put together: a source of observations (captures through the sensor, or stored ones), the judge,
 * the report. audit and judge differ in their source only, so `audit X` and `sense X | judge -` give the same bytes.
 */
#ifndef PLUMBLINE_CLI_PIPELINE_H
#define PLUMBLINE_CLI_PIPELINE_H

#include <stdbool.h>

#include "base/frame.h"
#include "cli/lines.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/records.h"
#include "cli/stages.h"
#include "record/obs.h"
#include "sensor/sensor.h"

struct capture;

struct source_def {
	/* Finds out whether there is anything to read. 0, or negative when the lines that say why not were printed. */
	int (*open)(void *source, const struct options *o);
	/* Puts every observation, OBS_END last. Stops early on a signal, and once they are unwanted. */
	void (*run)(void *source, struct stages *to);
	void (*close)(void *source); /* accepts what open() left on failure */
	bool classifies;             /* it needs a classifier */
};

/* Captures through the sensor. */
struct captures {
	const struct options *options;
	struct capture *capture;
	struct sensor *sensor;
	struct sensor_watched *watch;                    /* for why; NULL: none */
	void (*frame)(void *ctx, const struct frame *f); /* called for each frame after the sensor saw it; NULL: not */
	void *ctx;
};
extern const struct source_def captures_def;

/* Stored observations. */
struct observations {
	struct records records;
	struct obs first;
};
extern const struct source_def observations_def;

/*
 * What `source` gives through the stages to `sink`, until all of it has come there. `output`, which may be NULL, is what
 * the sink writes to.
 */
void pipeline_run(const struct options *o, const struct source_def *def, void *source, struct obs_sink sink,
		  const struct output *output);

/* Judges and reports what `source` gives, as the options say; the exit status. */
int pipeline_judge(const struct options *o, const struct source_def *def, void *source);

#endif
