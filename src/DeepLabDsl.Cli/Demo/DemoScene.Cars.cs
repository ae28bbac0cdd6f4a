using System;
using System.Numerics;

namespace DeepLabDsl.Cli.Demo;

/// <content>Cars.</content>
internal sealed partial class DemoScene
{
    private static readonly Vector3[] Paints =
    [
        new(.80f, .12f, .12f), new(.12f, .30f, .70f), new(.92f, .92f, .92f), new(.95f, .72f, .10f), new(.10f, .48f, .40f),
        new(.16f, .17f, .20f), new(.88f, .42f, .10f),
    ];

    private Action Vehicle(float metres, float nearness, bool comes)
    {
        var scale = PixelsPerMetre(nearness) * Between(1.05f, 1.2f);
        var paint = Vary(Pick(Paints), 0.08f);
        var van = _random.NextBool(0.2);
        var half = (van ? 0.98f : 0.90f) * scale;
        var tall = (van ? 2.05f : 1.45f) * scale;

        return () =>
        {
            var x = MiddleOf(nearness) + metres * PixelsPerMetre(nearness);
            var y = RowOf(nearness);
            var waist = y - (van ? 1.15f : 0.88f) * scale;
            var roof = y - tall;
            Vector3 Lit(Vector3 color) => Haze(_light.Shine(color), nearness);
            Shadow(x, y - 0.05f * scale, half * 1.35f, 0.32f * scale);

            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                var wheel = x + side * half * 0.76f;
                Rectangle(wheel - 0.17f * scale, y - 0.5f * scale, wheel + 0.17f * scale, y, Car, Lit(new Vector3(.07f, .07f, .08f)));
            }
            // The cabin narrows upwards; seen from above the roof shows.
            float HalfAt(float py) => half * (0.74f + 0.24f * Math.Clamp((py - roof) / (waist - roof), 0, 1));
            _canvas.Fill(x - half, roof, x + half, waist + 1, Car, (px, py) =>
            {
                var corner = Math.Max(0, roof + 0.16f * scale - py);
                return py >= roof && py <= waist + 1 && Math.Abs(px - x) < HalfAt(py) - corner * 0.8f;
            }, (_, py) => Lit(paint * (py < roof + 0.3f * scale ? 1.12f : 0.86f)));
            var glass = Lit(new Vector3(.14f, .18f, .24f)) + _light.Horizon * 0.10f;
            _canvas.Fill(x - half, roof, x + half, waist, Car, (px, py) =>
                py > roof + 0.28f * scale && py < waist - 0.04f * scale && Math.Abs(px - x) < HalfAt(py) - 0.13f * scale,
                (px, py) => glass * (1.2f - 0.5f * (py - roof) / (waist - roof)) * ((px - x) * _light.SunSide > 0 ? 1.15f : 1));
            // The body.
            var sill = y - 0.24f * scale;
            _canvas.Fill(x - half, waist, x + half, sill, Car, (px, py) =>
            {
                var dx = Math.Max(0, Math.Abs(px - x) - (half - 0.18f * scale));
                var dy = Math.Max(0, waist + 0.18f * scale - py) + Math.Max(0, py - (sill - 0.10f * scale));
                return dx * dx + dy * dy < 0.18f * scale * 0.18f * scale;
            }, (px, py) => Lit(paint * (1.06f - 0.30f * (py - waist) / (sill - waist)
                + 0.10f * (px - x) / half * _light.SunSide * _light.Directness)));
            var lamp = comes ? new Vector3(1, .97f, .82f) : new Vector3(.90f, .08f, .06f);
            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                var lx = x + side * half * 0.74f;
                var ly = waist + 0.24f * scale;
                Rectangle(lx - 0.17f * scale, ly - 0.09f * scale, lx + 0.17f * scale, ly + 0.09f * scale, Car,
                    _light.WindowsLit ? lamp : Lit(lamp));
                if (_light.WindowsLit)
                {
                    var glow = 0.85f * scale;
                    _canvas.Tint(lx - glow, ly - glow, lx + glow, ly + glow, lamp, (px, py) =>
                        0.5f * Math.Max(0, 1 - MathF.Sqrt((px - lx) * (px - lx) + (py - ly) * (py - ly)) / glow));
                }
            }
            Rectangle(x - 0.26f * scale, sill - 0.20f * scale, x + 0.26f * scale, sill - 0.06f * scale, Car,
                Lit(new Vector3(.88f, .88f, .84f)));
            Rectangle(x - half * 0.9f, sill - 0.02f * scale, x + half * 0.9f, sill + 0.08f * scale, Car,
                Lit(new Vector3(.12f, .12f, .13f)));
        };
    }
}
