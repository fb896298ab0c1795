// Nothing to include: the library is loaded before all others (LD_PRELOAD).
#pragma once
