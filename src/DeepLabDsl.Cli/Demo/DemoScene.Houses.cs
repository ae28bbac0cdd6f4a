using System;
using System.Numerics;

namespace DeepLabDsl.Cli.Demo;

/// <content>Houses.</content>
internal sealed partial class DemoScene
{
    private static readonly Vector3[] Walls =
        [new(.93f, .88f, .78f), new(.86f, .74f, .60f), new(.80f, .52f, .42f), new(.74f, .80f, .84f), new(.95f, .93f, .90f)];

    private static readonly Vector3[] Roofs = [new(.62f, .26f, .18f), new(.42f, .24f, .20f), new(.34f, .36f, .42f)];

    private Action House(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var halfFront = Between(2.2f, 3.6f) * scale;
        var depth = Between(2.0f, 3.6f) * scale;
        var wall = Between(2.6f, 5.4f) * scale;
        var roof = Between(1.4f, 2.4f) * scale;
        var wallColor = Vary(Pick(Walls), 0.08f);
        var roofColor = Vary(Pick(Roofs), 0.12f);
        var floors = wall > 4 * scale ? 2 : 1;
        var windows = _random.Next(2, 4);
        var chimney = _random.NextBool(0.6);
        var lit = new bool[floors * windows];
        for (var i = 0; i < lit.Length; i++)
            lit[i] = _random.NextBool(0.7);

        return () =>
        {
            var x = MiddleOf(nearness) + metres * scale;
            var y = RowOf(nearness);
            // The flank that faces the road is seen too.
            var flank = -MathF.Sign(metres);
            var flankEnd = x + flank * (halfFront + depth * 0.55f);
            var flankFoot = y - depth * 0.10f;
            var frontEdge = x + flank * halfFront;
            var top = y - wall;
            var peak = top - roof;
            Shadow(x, y, halfFront * 1.7f, 0.8f * scale);

            Vector3 Lit(Vector3 color, float facing) =>
                Haze(_light.Shine(color * (1 + 0.20f * facing * _light.Directness)), nearness);
            var frontLight = Lit(wallColor, 0.15f);
            var flankLight = Lit(wallColor * 0.86f, flank * _light.SunSide);
            var roofLight = Lit(roofColor, flank * _light.SunSide * 0.8f);

            bool InFlank(float px, float py)
            {
                var part = (px - frontEdge) / (flankEnd - frontEdge);
                return part is >= 0 and <= 1 && py >= top - (y - flankFoot) * 0.3f * part && py <= y + (flankFoot - y) * part;
            }
            bool InRoof(float px, float py)
            {
                // From the gable's edge to the ridge, along the flank.
                var up = (top - py) / roof;
                var start = frontEdge - flank * halfFront * up;
                var end = flankEnd - flank * (halfFront * 0.85f) * up;
                return up is >= -0.06f and <= 1 && (px - start) * flank >= -0.2f * scale && (px - end) * flank <= 0.25f * scale;
            }
            var (left, right) = (Math.Min(x - halfFront, flankEnd) - scale, Math.Max(x + halfFront, flankEnd) + scale);
            if (chimney)
            {
                var (cx, half) = (x + flank * depth * 0.3f, 0.28f * scale);
                Rectangle(cx - half, peak - 0.7f * scale, cx + half, top, Building, Lit(new Vector3(.5f, .3f, .25f), 0));
            }
            _canvas.Fill(left, top - roof, right, y, Building, InFlank, (_, _) => flankLight);
            _canvas.Fill(left, peak - scale, right, y, Building, InRoof, (_, py) =>
                roofLight * (0.94f + 0.10f * (MathF.Floor(py * 7 / scale) % 2)));
            _canvas.Fill(left, peak - scale, right, y + 1, Building, (px, py) =>
                Math.Abs(px - x) <= halfFront && py <= y && (py >= top || Math.Abs(px - x) <= halfFront * (1 - (top - py) / roof)),
                (_, py) => frontLight * (1.03f - 0.10f * (py - peak) / (y - peak)));
            // The gable's eaves.
            _canvas.Fill(left, peak - scale, right, top + scale, Building, (px, py) =>
            {
                var edge = (top - py) / roof;
                return edge is >= -0.08f and <= 1.1f
                    && Math.Abs(Math.Abs(px - x) - halfFront * (1 - edge)) < 0.16f * scale && Math.Abs(px - x) <= halfFront * 1.08f;
            }, (_, _) => roofLight * 0.85f);

            var glass = Haze(_light.Shine(new Vector3(.22f, .28f, .36f)) + _light.Horizon * 0.12f, nearness);
            var frame = Haze(_light.Shine(new Vector3(.95f, .94f, .90f)), nearness);
            var storey = wall / floors;
            for (var floor = 0; floor < floors; floor++)
            {
                for (var window = 0; window < windows; window++)
                {
                    var wx = x + halfFront * (2f * (window + 0.5f) / windows - 1);
                    var wy = y - storey * (floor + 0.55f);
                    var (half, tall) = (halfFront * 0.42f / windows, storey * 0.22f);
                    if (floor == 0 && window == windows / 2)
                    {
                        Rectangle(wx - half, y - storey * 0.68f, wx + half, y, Building, Haze(_light.Shine(roofColor * 0.7f), nearness));
                        continue;
                    }
                    var pane = lit[floor * windows + window] && _light.WindowsLit ? new Vector3(1, .84f, .46f) : glass;
                    Rectangle(wx - half - 0.09f * scale, wy - tall - 0.09f * scale, wx + half + 0.09f * scale,
                        wy + tall + 0.09f * scale, Building, frame);
                    Rectangle(wx - half, wy - tall, wx + half, wy + tall, Building, pane);
                }
            }
        };
    }
}
