using System.Runtime.InteropServices;

namespace DeepLabDsl.Distributed;

/// <summary>
/// The functions of Open MPI's C library that are called. Its handles are addresses of symbols that the library exports; those of
/// MPICH are numbers, so that this binding is for Open MPI alone.
/// </summary>
internal static unsafe partial class MpiLibrary
{
    /// <summary>Open MPI 4's and 5's name; MPICH's is libmpi.so.12.</summary>
    public const string Name = "libmpi.so.40";

    /// <summary>The sum is taken where the numbers lie.</summary>
    public const nint InPlace = 1;

    /// <summary>One thread calls at a time.</summary>
    public const int Serialized = 2;

    /// <summary>Room for a library's version, as <c>MPI_MAX_LIBRARY_VERSION_STRING</c>.</summary>
    public const int VersionLength = 256;

    private const int LoadNow = 2;
    private const int LoadGlobal = 0x100;

    /// <summary>Loads the library so that its plug-ins see its symbols.</summary>
    /// <returns>Its handle; 0: it can't be loaded.</returns>
    public static nint Load() => Open(Name, LoadNow | LoadGlobal);

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "usleep")]
    public static partial int Sleep(uint microseconds);

    [LibraryImport(Name, EntryPoint = "MPI_Init_thread")]
    public static partial int InitThread(nint argc, nint argv, int required, out int provided);

    [LibraryImport(Name, EntryPoint = "MPI_Get_library_version")]
    public static partial int GetLibraryVersion(byte* version, out int length);

    [LibraryImport(Name, EntryPoint = "MPI_Finalize")]
    public static partial int End();

    [LibraryImport(Name, EntryPoint = "MPI_Abort")]
    public static partial int Abort(nint communicator, int code);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_rank")]
    public static partial int Rank(nint communicator, out int rank);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_size")]
    public static partial int Size(nint communicator, out int size);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_dup")]
    public static partial int Duplicate(nint communicator, out nint copy);

    [LibraryImport(Name, EntryPoint = "MPI_Iallreduce")]
    public static partial int BeginAllReduce(
        nint send, nint receive, int count, nint type, nint operation, nint communicator, out nint request);

    [LibraryImport(Name, EntryPoint = "MPI_Ibcast")]
    public static partial int BeginBroadcast(nint buffer, int count, nint type, int root, nint communicator, out nint request);

    [LibraryImport(Name, EntryPoint = "MPI_Test")]
    public static partial int Test(ref nint request, out int flag, nint status);
}
