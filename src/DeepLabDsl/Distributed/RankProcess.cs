using System.Buffers.Binary;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace DeepLabDsl.Distributed;

/// <summary>Whether processes of the same system are alive, on Linux.</summary>
internal static class RankProcess
{
    /// <summary>A number that processes share which see each other's process numbers, exact in 64-bit floats.</summary>
    public static uint SystemKey()
    {
        var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id");
        var space = new FileInfo("/proc/self/ns/pid").LinkTarget;
        return BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{boot} {space}")));
    }

    /// <summary>Whether a process runs; one that has ended and is not fetched yet by the one that started it does not.</summary>
    public static bool IsAlive(int process)
    {
        try
        {
            // Behind the name, which may hold anything, in parentheses.
            var state = File.ReadAllText($"/proc/{process}/stat");
            return state[state.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
