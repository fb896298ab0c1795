// Swift does not see MPI's macros (most constants of Open MPI are casts of addresses), so each one
// that is used gets a function here.
#pragma once
#include <mpi.h>

static inline MPI_Comm relief_mpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Errhandler relief_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Datatype relief_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype relief_mpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype relief_mpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype relief_mpi_int32(void) { return MPI_INT32_T; }
static inline MPI_Op relief_mpi_max(void) { return MPI_MAX; }
static inline MPI_Request relief_mpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline MPI_Status *relief_mpi_status_ignore(void) { return MPI_STATUS_IGNORE; }
static inline void *relief_mpi_in_place(void) { return MPI_IN_PLACE; }
