using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DeepLabDsl.Crf;

/// <summary>Eight by eight floats.</summary>
internal static unsafe class SquareOf8
{
    /// <summary>Rows become columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(Vector256<float>* rows)
    {
        if (!Avx.IsSupported)
        {
            var values = (float*)rows;
            for (var i = 0; i < 8; i++)
            {
                for (var j = 0; j < i; j++)
                    (values[i * 8 + j], values[j * 8 + i]) = (values[j * 8 + i], values[i * 8 + j]);
            }
            return;
        }
        // Pairs of two rows, then fours of four, then halves.
        var (a, b) = (Avx.UnpackLow(rows[0], rows[1]), Avx.UnpackHigh(rows[0], rows[1]));
        var (c, d) = (Avx.UnpackLow(rows[2], rows[3]), Avx.UnpackHigh(rows[2], rows[3]));
        var (e, f) = (Avx.UnpackLow(rows[4], rows[5]), Avx.UnpackHigh(rows[4], rows[5]));
        var (g, h) = (Avx.UnpackLow(rows[6], rows[7]), Avx.UnpackHigh(rows[6], rows[7]));
        const byte low = 0x44;
        const byte high = 0xEE;
        var (ac0, ac1) = (Avx.Shuffle(a, c, low), Avx.Shuffle(a, c, high));
        var (bd0, bd1) = (Avx.Shuffle(b, d, low), Avx.Shuffle(b, d, high));
        var (eg0, eg1) = (Avx.Shuffle(e, g, low), Avx.Shuffle(e, g, high));
        var (fh0, fh1) = (Avx.Shuffle(f, h, low), Avx.Shuffle(f, h, high));
        const byte lower = 0x20;
        const byte upper = 0x31;
        (rows[0], rows[4]) = (Avx.Permute2x128(ac0, eg0, lower), Avx.Permute2x128(ac0, eg0, upper));
        (rows[1], rows[5]) = (Avx.Permute2x128(ac1, eg1, lower), Avx.Permute2x128(ac1, eg1, upper));
        (rows[2], rows[6]) = (Avx.Permute2x128(bd0, fh0, lower), Avx.Permute2x128(bd0, fh0, upper));
        (rows[3], rows[7]) = (Avx.Permute2x128(bd1, fh1, lower), Avx.Permute2x128(bd1, fh1, upper));
    }
}
