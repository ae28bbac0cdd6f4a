using System;
using System.Globalization;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Distributed;

/// <summary>What the variables that an MPI launcher sets say of this process, before MPI is asked.</summary>
/// <param name="Rank">Its rank.</param>
/// <param name="Size">How many ranks there are.</param>
/// <param name="LocalSize">How many of them are on this machine.</param>
/// <param name="IsBound">Whether the launcher has bound each to some of the machine's cores.</param>
public sealed record MpiLaunch(int Rank, int Size, int LocalSize, bool IsBound)
{
    /// <summary>What Open MPI's launcher says; null: this process was not started by it.</summary>
    /// <exception cref="UnusableDataException">It was started by the launcher of another MPI.</exception>
    public static MpiLaunch? Find()
    {
        if (Number("OMPI_COMM_WORLD_RANK") is { } rank && Number("OMPI_COMM_WORLD_SIZE") is { } size)
        {
            return new MpiLaunch(
                rank, size, Number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? size, Number("OMPI_MCA_orte_bound_at_launch") == 1);
        }
        // Slurm's srun sets them too; a step of one task is no job of several ranks.
        return Number("PMI_SIZE") > 1 && Number("PMI_RANK") is not null
            ? throw new UnusableDataException(
                "This process was started by the launcher of MPICH, Intel MPI or MS-MPI, whose binary interface is another than "
                + "Open MPI's: its handles are numbers, Open MPI's are addresses. Start it by Open MPI's mpirun (Debian: "
                + "openmpi-bin); 'mpirun --version' says whose it is.")
            : null;
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
